import { expect, test } from "vitest";
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

type Texts = Record<string, unknown>;
const english = import.meta.glob<Texts>("./en/*.ts", { eager: true });
const german = import.meta.glob<Texts>("./de/*.ts", { eager: true });

// What is the same word in both languages.
const alike = new Set([
  "batch.quota.amount",
  "quota.statement.column.amount",
  "users.users.admin",
  "users.users.column.admin",
  "users.users.column.server",
  "users.users.filter.serverTitle",
  "users.users.searchHint",
]);

test.each(Object.keys(english).map((file) => file.replace("./en/", "")))(
  "%s is there in each language, and whole",
  (file) => {
    const said = german[`./de/${file}`];
    const model = new Map(flat(english[`./en/${file}`]));
    for (const [way, text] of flat(said)) {
      expect(text, way).not.toBe("");
      if (typeof text === "string" && !alike.has(way.slice(1))) expect(text, way).not.toBe(model.get(way));
    }
    expect(flat(said).map(([way]) => way)).toEqual([...model.keys()]);
  },
);

test("German texts say Sie", () => {
  const words = Object.values(german).flatMap((file) => flat(file).map(([, text]) => String(text)));
  expect(words.filter((text) => /\b(du|dich|dir|deine?[mnrs]?)\b/i.test(text))).toEqual([]);
});
