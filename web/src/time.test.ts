import { expect, test } from "vitest";
import { relative } from "./time";
import { ordinal } from "./words";

const second = 1000;
const day = 24 * 3600 * second;

test.each([
  [0, "now"],
  [59 * second, "now"],
  [60 * second, "1 min ago"],
  [3599 * second, "59 min ago"],
  [3 * 3600 * second, "3 h ago"],
  [day, "yesterday"],
  [2 * day - 1, "yesterday"],
  [5 * day, "5 days ago"],
])("%d ms ago is %s", (past, words) => {
  const now = Date.UTC(2026, 5, 15);
  expect(relative(now - past, now)).toBe(words);
});

test("a time of last year has its date", () => {
  expect(relative(Date.UTC(2025, 0, 15, 12), Date.UTC(2026, 5, 15))).toMatch(/2025/);
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
