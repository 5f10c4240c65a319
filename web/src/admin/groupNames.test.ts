import { expect, test } from "vitest";
import { groupsOf, groupsText } from "./groupNames";

test.each([
  [["cs101", "lab 2"], "cs101, lab 2"],
  [["Algebra, Mon", "a;b", 'the "new" one', " blank"], '"Algebra, Mon", "a;b", "the ""new"" one", " blank"'],
  [[], ""],
])("names %j stand as %j, and are read so again", (names, text) => {
  expect(groupsText(names)).toBe(text);
  expect(groupsOf(text)).toEqual(names);
});

test.each([
  ["cs101; lab2 ,, cs101,", ["cs101", "lab2"]],
  ['lab2, "Algebra, M', ["lab2", "Algebra, M"]],
  ['"a" b, c', ["ab", "c"]],
  [" , ; ", []],
  ['"', []],
])("what is being typed, %j, is %j", (text, names) => {
  expect(groupsOf(text)).toEqual(names);
});
