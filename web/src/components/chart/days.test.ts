import { expect, test } from "vitest";
import { utcDay } from "../../time";
import { amount, daysAgo, daysBetween } from "./days";

test("days are those of UTC, the first and the last among them", () => {
  expect(daysBetween("2026-02-27", "2026-03-01")).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
  expect(daysBetween("2026-03-28", "2026-03-30")).toHaveLength(3); // clocks change in Europe
  expect(daysAgo(1, Date.parse("2026-01-31T23:59:00Z"))).toBe("2026-01-31");
  expect(daysAgo(7, Date.parse("2026-01-31T00:01:00Z"))).toBe("2026-01-25");
});

test("days and numbers are written in the person's language", () => {
  expect(utcDay("en", "2026-01-31")).toBe("Jan 31");
  expect(utcDay("de", "2026-01-31")).toBe("31. Jan.");
  expect(amount("de", 1234.56)).toBe("1.234,6");
  expect(amount("en", 0.0034)).toBe("0.003");
  expect(amount("en", 0)).toBe("0");
});
