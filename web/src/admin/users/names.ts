// Names of people who are to be made: typed one a line, pasted from a spreadsheet, or made of a prefix and a count.

/** How many people one request makes at most. */
export const mostAtOnce = 10_000;
const longest = 64;

export interface NewPerson {
  /** The line it stands in, from 1. */
  line: number;
  name: string;
  /** Given with the name, in a second column. */
  password?: string;
  problem?: Problem;
}

export type Problem = "odd" | "long" | "twice";

/**
 * Reads lines of names. Of a line that was copied from a spreadsheet the first cell is the name, and a second one, if the
 * first line says "password" there, the password. Empty lines count for nothing.
 */
export function readNames(text: string): NewPerson[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.split("\t").map((cell) => cell.trim()));
  const head = lines.find((cells) => cells[0] !== "") ?? [];
  const headed = /^(user ?name|name)$/i.test(head[0] ?? "");
  const passwords = headed ? head.findIndex((cell) => /^password$/i.test(cell)) : -1;
  const seen = new Set<string>();
  const people: NewPerson[] = [];
  for (const [at, cells] of lines.entries()) {
    const name = (cells[0] ?? "").toLowerCase();
    if (name === "" || (headed && cells === head)) continue;
    const person: NewPerson = { line: at + 1, name };
    const password = passwords > 0 ? cells[passwords] : undefined;
    if (password) person.password = password;
    const problem = problemOf(name, seen);
    if (problem) person.problem = problem;
    seen.add(name);
    people.push(person);
    if (people.length > mostAtOnce) break; // one too many says that there are too many
  }
  return people;
}

/** What is plainly wrong with a name; the hub knows the rest. */
function problemOf(name: string, seen: Set<string>): Problem | null {
  if (seen.has(name)) return "twice";
  if (name.length > longest) return "long";
  return /^[a-z0-9._@+-]+$/.test(name) ? null : "odd";
}

/** `count` names of a prefix and a number, from `start` on, as wide as the last one: aup01 … aup30. */
export function numbered(prefix: string, start: number, count: number): string[] {
  const last = start + count - 1;
  const width = Math.max(2, String(last).length);
  return Array.from({ length: count }, (_, n) => prefix.trim().toLowerCase() + String(start + n).padStart(width, "0"));
}
