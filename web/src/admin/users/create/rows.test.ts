import { expect, test } from "vitest";
import { create } from "../../../text/en/create";
import { faultsOf, mostAtOnce, numbered, readNames, rowsOf, withNames } from "./rows";

const faults = (text: string, meant: string[] = []) =>
  [...faultsOf(readNames(text), new Set(meant), create.fault)].map(([line, { text, doubt }]) => ({
    line,
    text,
    doubt,
  }));

test("reads names one a line", () => {
  expect(readNames("  Alice \r\n\nbob\ncharlie")).toEqual([
    { line: 1, name: "alice" },
    { line: 3, name: "bob" },
    { line: 4, name: "charlie" },
  ]);
});

test("G9 says what is wrong with a name, and what could be meant so", () => {
  const { empty: _, ...words } = create.fault;
  expect(faults(`alice\nALICE\n<b>bob</b>\nzwei worte\n${"é".repeat(128)}\n..\na\tb\nmüller\ngithub:ann`)).toEqual([
    { line: 2, text: words.twice(1), doubt: false },
    { line: 3, text: words.slash, doubt: false },
    { line: 4, text: words.odd, doubt: true },
    { line: 5, text: words.long, doubt: false },
    { line: 6, text: words.path, doubt: false },
    { line: 7, text: words.control, doubt: false },
  ]);
  expect(faults("zwei worte", ["zwei worte"])).toEqual([]);
});

test("corrects a name in its place, and leaves the lines of others as they are", () => {
  expect(withNames("ann\r\nb/b\ncleo", new Map([[2, "bob"]]))).toBe("ann\nbob\ncleo");
  const text = withNames("ann\nb/b\ncleo", new Map([[2, ""]]));
  expect(readNames(text).map((r) => r.line)).toEqual([1, 3]);
  expect(readNames(text, new Set([2]))[1]).toEqual({ line: 2, name: "" });
});

test("of very many lines reads one more than there may be", () => {
  const lines = Array.from({ length: 2 * mostAtOnce }, (_, n) => `p${n}`).join("\n");
  expect(readNames(lines)).toHaveLength(mostAtOnce + 1);
});

test("makes names of a prefix and a count", () => {
  expect(numbered("AUP", 1, 3)).toEqual(["aup01", "aup02", "aup03"]);
  expect(numbered("s", 99, 2)).toEqual(["s099", "s100"]);
});

test("takes the rows of a table that was read, the wrong ones in their places", () => {
  const rows = rowsOf({
    rows: [
      { line: 2, username: "ann", admin: true, password: "seven brown foxes", groups: ["lab"] },
      { line: 6, username: "1-mar" },
    ],
    problems: [
      {
        line: 3,
        column: "username",
        username: "ann",
        message: "ann is in line 2 already",
        doubt: false,
        row: { line: 3, username: "ann" },
      },
      {
        line: 4,
        column: "admin",
        username: "bob",
        message: "admin must be true or false",
        doubt: false,
        row: { line: 4, username: "bob", groups: ["lab"] },
      },
      { line: 5, column: null, username: "", message: "has a quote too many", doubt: false },
      { line: 6, column: "username", username: "1-mar", message: "is a date", doubt: true },
    ],
    ignored_columns: [],
    sheet: null,
    other_sheets: [],
    hidden_rows: 0,
  });
  expect(rows).toEqual([
    { line: 2, name: "ann", admin: true, password: "seven brown foxes", groups: ["lab"] },
    { line: 3, name: "ann" },
    { line: 4, name: "bob", groups: ["lab"], fault: { text: "Admin must be true or false.", doubt: false } },
    { line: 5, name: "", fault: { text: "Has a quote too many.", doubt: false } },
    { line: 6, name: "1-mar", fault: { text: "Is a date.", doubt: true } },
  ]);
  expect([...faultsOf(rows, new Set(["1-mar"]), create.fault).keys()]).toEqual([3, 4, 5]);
});
