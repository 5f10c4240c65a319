import { expect, test } from "vitest";
import { mostAtOnce, numbered, readNames } from "./names";

test("reads names one a line", () => {
  expect(readNames("  Alice \r\n\nbob\ncharlie")).toEqual([
    { line: 1, name: "alice" },
    { line: 3, name: "bob" },
    { line: 4, name: "charlie" },
  ]);
});

test("reads what was copied from a spreadsheet", () => {
  expect(readNames("username\tadmin\tpassword\naup01\tfalse\tsecret one\naup02\tfalse\t\n")).toEqual([
    { line: 2, name: "aup01", password: "secret one" },
    { line: 3, name: "aup02" },
  ]);
});

test("says what is plainly wrong with a name", () => {
  const list = readNames(`alice\nALICE\n<b>bob</b>\nzwei worte\n${"x".repeat(65)}`);
  expect(list.map((p) => p.problem)).toEqual([undefined, "twice", "odd", "odd", "long"]);
});

test("of very many lines reads one more than there may be", () => {
  const lines = Array.from({ length: 3 * mostAtOnce }, (_, n) => `p${n}`).join("\n");
  expect(readNames(lines)).toHaveLength(mostAtOnce + 1);
});

test("makes names of a prefix and a count", () => {
  expect(numbered("AUP", 1, 3)).toEqual(["aup01", "aup02", "aup03"]);
  expect(numbered("s", 99, 2)).toEqual(["s099", "s100"]);
});
