import { expect, test } from "vitest";
import { between, countOf, isSelected, nobody, pageState, withNames } from "./selection";

const page = ["a", "b", "c", "d"];

test("survives what is on the page", () => {
  const picked = withNames(nobody, ["a", "x"], true);
  expect([countOf(picked), isSelected(picked, "x"), pageState(picked, page)]).toEqual([2, true, "some"]);
  expect(countOf(withNames(picked, ["x"], false))).toBe(1);
});

test("goes over a range in both directions", () => {
  expect(between(page, "b", "d")).toEqual(["b", "c", "d"]);
  expect(between(page, "d", "b")).toEqual(["b", "c", "d"]);
  expect(between(page, "gone", "b")).toEqual(["b"]);
});

test("of all that match ends when somebody is picked", () => {
  const all = { kind: "all", filter: { group: "x" }, search: "group:x", count: 1240 } as const;
  expect([countOf(all), isSelected(all, "whoever"), pageState(all, page)]).toEqual([1240, true, "all"]);
  expect(countOf(withNames(all, ["a"], true))).toBe(1);
});

test("of a page is all of it, some, or nobody", () => {
  expect(pageState(nobody, page)).toBe("none");
  expect(pageState(withNames(nobody, page, true), page)).toBe("all");
});
