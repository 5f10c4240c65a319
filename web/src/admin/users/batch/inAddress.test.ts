import { expect, test } from "vitest";
import { parseSearch } from "../query";
import { mostCharacters, readSelection, writeSelection } from "./inAddress";
import { nobody, type Selection, withNames } from "./selection";

const all = (search: string, more: object = {}): Selection => ({
  kind: "all",
  filter: { ...parseSearch(search).filter, ...more },
  search,
  count: 1240,
});

test.each<[string, Selection, string]>([
  ["nobody", nobody, ""],
  ["names", withNames(nobody, ["ann", "ben+1 ö,%"], true), "ann/ben%2B1%20%C3%B6%2C%25"],
  ["everybody", all(""), "/1240//"],
  ["all that match", all('group:"a/b" x'), "/1240//group%3A%22a%2Fb%22%20x"],
  ["all of them with active servers", all("x", { state: "active" }), "/1240/active/x"],
])("%s stand in the address, and are found there", (_, selection, text) => {
  expect(writeSelection(selection)).toBe(text);
  expect(readSelection(text)).toEqual(selection);
});

test("whoever passed the address on may have written it otherwise", () => {
  expect(readSelection("ann%2Fben+b")).toEqual({ kind: "names", names: new Set(["ann", "ben b"]) });
});

test("more than an address holds is not written, and no longer one is read", () => {
  const many = withNames(
    nobody,
    Array.from({ length: 300 }, (_, n) => `student${n}`),
    true,
  );
  expect(writeSelection(many)).toBeNull();
  expect(readSelection("x".repeat(mostCharacters + 1))).toEqual(nobody);
});

test.each(["//", "/", "a//b", "%E0%A4%A", "/0//x", "/12", "/1e9//x", "/5/maybe/x"])("%s selects nobody", (text) =>
  expect(readSelection(text)).toEqual(nobody),
);

test("a search that means nothing selects nobody, rather than more", () => {
  expect(readSelection("/1240//grup:cs101")).toEqual(nobody);
});
