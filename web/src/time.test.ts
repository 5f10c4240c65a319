import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import times from "./testing/times.json";
import { duration, fieldTime, relative, span } from "./time";
import { ordinal } from "./words";

const noon = new Date(2026, 5, 15, 12).getTime(); // of where the test runs: dates are said by the person's own clock

test.each(times.relative as [number, string][])("%d s ago is %s", (past, words) => {
  expect(relative(noon - past * 1000, noon)).toBe(words);
});

test.each(times.span as [number, string][])("a wait of %d s is %s", (seconds, words) => {
  expect(span(seconds)).toBe(words);
});

test("fields have times in the person's zone", () => {
  expect(fieldTime(new Date(2026, 0, 2, 3, 4, 5))).toBe("2026-01-02T03:04");
});

test("pages have their words for times from here", () => {
  const own =
    /toLocale(Date|Time)?String|Intl\.(DateTime|RelativeTime)Format|<time\b|\bago\b|\.get(Full|Hours|Month|Minutes)|\} s\b/;
  const allowed = ["time.ts", "components/Time.tsx", "text/en/times.ts"];
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
  const sources = files.filter((f) => /\.tsx?$/.test(f) && !/\.(test|gen)\.|^testing\//.test(f));
  expect(sources.length).toBeGreaterThan(20);
  const wrong = sources.filter(
    (f) => !allowed.includes(f) && own.test(readFileSync(join(import.meta.dirname, f), "utf8")),
  );
  expect(wrong).toEqual([]);
});

test.each([
  [1, "1st"],
  [2, "2nd"],
  [3, "3rd"],
  [4, "4th"],
  [11, "11th"],
  [12, "12th"],
  [21, "21st"],
  [113, "113th"],
])("%d in order is %s", (n, words) => {
  expect(ordinal(n)).toBe(words);
});

test.each([
  [0, "0 s"],
  [90, "1 min 30 s"],
  [7500, "2 h 5 min"],
  [86_400, "24 h"],
])("%i seconds are %s", (seconds, said) => expect(duration(seconds)).toBe(said));
