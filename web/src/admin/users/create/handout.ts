import type { NewPerson } from "../../../api/users";

// How passwords leave the page: as a spreadsheet takes them when they are pasted, and as a file.

const header = ["username", "password"] as const;

/** Cells with tabs between them. */
export function asTable(made: NewPerson[]): string {
  return [header.join("\t"), ...made.map((p) => `${p.username}\t${p.password}`)].join("\n");
}

/** A CSV file, with the columns that the command line reads. */
export function asCSV(made: NewPerson[]): string {
  const cell = (text: string) => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [header.join(","), ...made.map((p) => `${cell(p.username)},${cell(p.password)}`), ""].join("\r\n");
}
