import { expect, test } from "vitest";
import { changeOf } from "./amount";

test.each([
  ["120", { action: "set", amount: 120, unlimited: false }],
  [" 0 ", { action: "set", amount: 0, unlimited: false }],
  ["10000000", { action: "set", amount: 10_000_000, unlimited: false }],
  ["-1", { action: "set_unlimited", unlimited: true }],
  ["∞", { action: "set_unlimited", unlimited: true }],
  ["Unlimited", { action: "set_unlimited", unlimited: true }],
  ["unbegrenzt", { action: "set_unlimited", unlimited: true }],
])("%j asks for %j", (typed, change) => expect(changeOf(typed)).toEqual(change));

test.each(["", "-2", "1.5", "1e3", "10000001", "99999999999999999999", "+5", "many", "1 000"])(
  "%j means nothing",
  (typed) => expect(changeOf(typed)).toBeNull(),
);
