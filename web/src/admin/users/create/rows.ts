// Whom the dialog is to make: names typed one a line or made of a prefix and a count, or the rows of a table.

import type { PeopleSheet } from "../../../api/users";

/** Somebody who is to be made, as a line or row says it. */
export interface Row {
  /** The line it stands in, from 1; it stays, whatever becomes of others. */
  line: number;
  name: string;
  admin?: boolean;
  password?: string;
  groups?: string[];
  /** What the hub found when it read the table. */
  fault?: Fault;
}

/** What is wrong with a row. */
export interface Fault {
  text: string;
  /** It could be meant so, and is made if somebody says that it is. */
  doubt: boolean;
}

/** Words for what is plainly wrong with a name; the hub knows the rest. */
export interface FaultWords {
  empty: string;
  slash: string;
  path: string;
  control: string;
  long: string;
  odd: string;
  twice: (line: number) => string;
}

/** How many people one dialog makes at most. */
export const mostAtOnce = 50_000;
const longest = 255; // bytes, as the hub has it

/** Reads names one a line. Empty lines count for nothing, but for those in `keep`, which are under somebody's hands. */
export function readNames(text: string, keep: ReadonlySet<number> = new Set()): Row[] {
  const rows: Row[] = [];
  for (const [at, line] of text.split(/\r\n|\r|\n/).entries()) {
    const name = line.trim().toLowerCase();
    if (name === "" && !keep.has(at + 1)) continue;
    rows.push({ line: at + 1, name });
    if (rows.length > mostAtOnce) break; // one too many says that there are too many
  }
  return rows;
}

/** The text with other names in lines; an empty one leaves the place of all others as it is. */
export function withNames(text: string, names: ReadonlyMap<number, string>): string {
  const lines = text.split(/\r\n|\r|\n/);
  return lines.map((line, at) => names.get(at + 1) ?? line).join("\n");
}

/** `count` names of a prefix and a number, from `start` on, as wide as the last one: aup01 … aup30. */
export function numbered(prefix: string, start: number, count: number): string[] {
  const last = start + count - 1;
  const width = Math.max(2, String(last).length);
  return Array.from({ length: count }, (_, n) => prefix.trim().toLowerCase() + String(start + n).padStart(width, "0"));
}

/** The rows of a table that the hub has read, the wrong ones too, in its order. */
export function rowsOf(sheet: PeopleSheet): Row[] {
  const rows = new Map<number, Row>(sheet.rows.map((r) => [r.line, rowOf(r)]));
  for (const problem of sheet.problems) {
    const row =
      rows.get(problem.line) ?? (problem.row ? rowOf(problem.row) : { line: problem.line, name: problem.username });
    rows.set(problem.line, row);
    // A name that is there twice may be there once by and by: that is told as it is.
    if (problem.row && problem.column === "username") continue;
    row.fault ??= { text: sentence(problem.message), doubt: problem.doubt };
  }
  return [...rows.values()].sort((a, b) => a.line - b.line);
}

function rowOf(read: PeopleSheet["rows"][number]): Row {
  const row: Row = { line: read.line, name: read.username };
  if (read.admin !== undefined) row.admin = read.admin;
  if (read.password) row.password = read.password;
  if (read.groups) row.groups = read.groups;
  return row;
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** What is wrong with rows, by their lines. Doubts about a name that is in `meant` are none. */
export function faultsOf(rows: Row[], meant: ReadonlySet<string>, words: FaultWords): Map<number, Fault> {
  const faults = new Map<number, Fault>();
  const first = new Map<string, number>();
  for (const row of rows) {
    const fault = faultOf(row, first.get(row.name), words);
    if (fault && !(fault.doubt && meant.has(row.name))) faults.set(row.line, fault);
    if (!first.has(row.name)) first.set(row.name, row.line);
  }
  return faults;
}

function faultOf(row: Row, before: number | undefined, words: FaultWords): Fault | undefined {
  const name = row.name === "" && row.fault ? undefined : wrongName(row.name, words);
  if (!name && row.fault && !row.fault.doubt) return row.fault;
  const wrong = name ?? (before === undefined ? undefined : words.twice(before));
  if (wrong) return { text: wrong, doubt: false };
  return row.fault ?? (/^[\p{L}\p{M}\p{N}._@+:'-]+$/u.test(row.name) ? undefined : { text: words.odd, doubt: true });
}

/** What the hub would refuse in a name, whoever asked. */
function wrongName(name: string, words: FaultWords): string | undefined {
  if (name === "") return words.empty;
  if (name.includes("/")) return words.slash;
  if (name === "." || name === "..") return words.path;
  if (/\p{Cc}/u.test(name)) return words.control;
  return 3 * name.length > longest && new TextEncoder().encode(name).length > longest ? words.long : undefined;
}
