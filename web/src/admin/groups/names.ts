/** How many names one request takes. */
export const mostNames = 10_000;

/** Names as they are typed or pasted, one a line; each once, as the hub writes them. */
export function readMembers(text: string): string[] {
  const names = text.split(/\r\n|\r|\n/).map((line) => line.trim().toLowerCase());
  return [...new Set(names.filter((name) => name !== ""))];
}

/** The text with more names below. */
export function withMembers(text: string, names: string[]): string {
  const there = new Set(readMembers(text));
  const fresh = names.filter((name) => !there.has(name.trim().toLowerCase()));
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return fresh.length === 0 ? text : `${before}${fresh.join("\n")}\n`;
}
