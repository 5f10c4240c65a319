// Names of groups in one field: commas or semicolons between them, as in files of the command line. A name that holds one of
// these, or a quote, stands in double quotes, with its own quotes doubled.

const piece = /\s*(?:"((?:[^"]|"")*)"?([^,;]*)|([^,;]*))(?:[,;]|$)/y;

/** The names in a text, also while it is being typed: a quote without an end goes on to the end. */
export function groupsOf(text: string): string[] {
  const names: string[] = [];
  piece.lastIndex = 0;
  while (piece.lastIndex < text.length) {
    const [, quoted, after, plain] = piece.exec(text) ?? [];
    if (quoted === undefined && plain === undefined) break;
    const name = quoted === undefined ? (plain ?? "").trim() : quoted.replaceAll('""', '"') + (after ?? "").trim();
    if (name) names.push(name);
  }
  return [...new Set(names)];
}

/** A text that groupsOf reads. */
export function groupsText(names: readonly string[]): string {
  return names
    .map((name) => (/[,;"]/.test(name) || name.trim() !== name ? `"${name.replaceAll('"', '""')}"` : name))
    .join(", ");
}
