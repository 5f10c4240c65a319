import { expect, test } from "vitest";
import { exactOf, lastsUntil, partsOf } from "./parts";

test.each([
  ["0", 0],
  ["12", 720],
  ["12 43/60", 763],
  ["43/60", 43],
  ["-43/60", -43],
  ["-3 1/60", -181],
  ["10000000", 600_000_000],
])("%s is %i sixtieths, and back", (exact, parts) => {
  expect(partsOf(exact)).toBe(parts);
  expect(exactOf(parts)).toBe(exact);
});

test("a balance lasts as long as all that runs lets it", () => {
  const now = Date.parse("2026-12-01T12:00:00Z");
  expect(lastsUntil("30", [1], now)?.toISOString()).toBe("2026-12-01T12:30:00.000Z");
  expect(lastsUntil("30 30/60", [1, 4], now)?.toISOString()).toBe("2026-12-01T12:06:06.000Z");
  expect(lastsUntil("-5", [1], now)?.getTime()).toBe(now);
  expect(lastsUntil("30", [], now)).toBeNull();
});
