import { expect, test } from "vitest";
import { readView, usageQuery, writeView } from "./query";

test("a view stands in the address, and comes back from it", () => {
  for (const address of ["", "days=365", "group=cs+101", "days=7&group=%3Cb%3E"]) {
    expect(writeView(readView(new URLSearchParams(address))).toString()).toBe(address);
  }
  expect(readView(new URLSearchParams("days=5&column=gone"))).toEqual({ days: 30, group: "" });
});

test("the hub is asked for what the view says", () => {
  expect(usageQuery({ days: 7, group: "a&b" }, "2026-01-01")).toBe("from=2026-01-01&group=a%26b");
});
