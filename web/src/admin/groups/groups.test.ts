import { expect, test } from "vitest";
import { readMembers, withMembers } from "./names";
import { propertyFaults, propertyLines, readProperties, readValue, shownValue } from "./properties";
import { firstGroups, groupsQuery, readGroups, withGroup, writeGroups } from "./query";

test("what is shown stands in the address, the shortest there is", () => {
  const view = { search: "<b>", sort: "members" as const, descending: true, page: 3, size: 20 };
  expect(writeGroups(view).toString()).toBe("q=%3Cb%3E&sort=-members&page=3&size=20");
  expect(readGroups(writeGroups(view))).toEqual(view);
  expect(writeGroups(firstGroups).toString()).toBe("");
  expect(groupsQuery(view)).toBe("sort=-members&offset=40&limit=20&name_filter=%3Cb%3E");
  expect(withGroup(writeGroups(view), "a b").get("group")).toBe("a b");
  expect(withGroup(new URLSearchParams("group=a&q=b"), null).toString()).toBe("q=b");
});

test("what an address has no word for is as at first", () => {
  const odd = new URLSearchParams("sort=owner&page=-1&size=7&what=else");
  expect(readGroups(odd)).toEqual(firstGroups);
  expect(readGroups(new URLSearchParams({ q: "x".repeat(10_000) })).search).toHaveLength(255);
});

test.each<[unknown, string]>([
  ["room 7", "room 7"],
  [12, "12"],
  ["12", '"12"'],
  [true, "true"],
  ["true", '"true"'],
  [null, "null"],
  ["", ""],
  [{ a: [1] }, '{"a":[1]}'],
  ["{a", "{a"],
  ["007", "007"],
  ["1.50", "1.50"],
  ["12345678901234567890", "12345678901234567890"],
  [" spaced ", " spaced "],
  ["<script>", "<script>"],
])("the value %j is typed as %s", (value, typed) => {
  expect(shownValue(value)).toBe(typed);
  expect(readValue(typed)).toEqual(value);
});

test("properties that were not touched stay as they were", () => {
  const before = { a: "1.50", b: { c: [1] } };
  const lines = [...propertyLines(before), { id: 5, key: "__proto__", value: "x" }, { id: 6, key: "", value: "" }];
  const after = readProperties(lines, before);
  expect(Object.entries(after)).toEqual([
    ["a", "1.50"],
    ["b", { c: [1] }],
    ["__proto__", "x"],
  ]);
});

test("keys that are missing, or there twice, are told", () => {
  const line = (id: number, key: string, value = "") => ({ id, key, value });
  expect([...propertyFaults([line(0, "a"), line(1, ""), line(2, "", "x"), line(3, "a")])]).toEqual([
    [2, "empty"],
    [3, "twice"],
  ]);
});

test("names are read one a line, each once", () => {
  expect(readMembers(" Ann\r\nben\n\nANN\n")).toEqual(["ann", "ben"]);
  expect(withMembers("ann", ["ann", "ben"])).toBe("ann\nben\n");
  expect(withMembers("ann\n", ["Ann"])).toBe("ann\n");
  expect(readMembers("x\n".repeat(10_000))).toEqual(["x"]);
});
