import { expect, test } from "vitest";
import { de } from "./de";
import { en } from "./en";
import { languageOf } from "./text";

test.each([
  [["de-AT", "en"], "de"],
  [["fr", "de"], "de"],
  [["fr"], "en"],
  [[], "en"],
  [["__proto__"], "en"],
])("%s is %s", (wanted, language) => expect(languageOf(wanted)).toBe(language));

/** Each text, by its way through the catalogue. */
function flat(value: unknown, way = ""): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[way, value]];
  return Object.entries(value).flatMap(([key, part]) => flat(part, `${way}.${key}`));
}

test("no text is empty, and none was left in English", () => {
  const english = new Map(flat(en));
  const alike = new Set(
    ["users.column.server", "users.filter.serverTitle", "users.searchHint"].map((way) => `.${way}`),
  );
  for (const [way, said] of flat(de)) {
    expect(said, way).not.toBe("");
    if (typeof said === "string" && !alike.has(way)) expect(said, way).not.toBe(english.get(way));
  }
});
