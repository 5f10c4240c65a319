import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** What a source file shows to people: text between tags, and strings of more than one word. */
function shown(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "").replace(/^import [\s\S]*?;$/gm, "");
  const between = [...code.matchAll(/>([^<>{}=;()]*[a-z][^<>{}=;()]*)</gi)].map((m) => m[1] ?? "");
  const strings = [...code.matchAll(/(["`])((?:(?!\1)[^\n\\])*)\1/g)].map((m) => m[2] ?? "");
  return [...between, ...strings.filter((s) => /[a-z]\w* [a-z]/i.test(s))].map((s) => s.trim()).filter(Boolean);
}

test("pages speak in plain words, and without exclamation marks", () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
  const texts = files
    .filter((f) => /\.tsx?$/.test(f) && !/\.test\.|^testing\//.test(f))
    .flatMap((f) => shown(readFileSync(join(import.meta.dirname, f), "utf8")).map((text) => ({ f, text })));
  expect(texts.length).toBeGreaterThan(60);
  expect(texts.map(({ text }) => text)).toContain("Keep it running");
  const jargon = /\b(spawn|pending|scopes?|user options|xsrf|json|invalid|illegal|abort|failed to)\b|!$|! /i;
  expect(texts.filter(({ text }) => jargon.test(text))).toEqual([]);
});
