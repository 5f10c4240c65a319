import { afterEach, expect, test, vi } from "vitest";
import { paragraphs } from "./paragraphs";

test.each([
  ["Down on Friday", [[{ text: "Down on Friday" }]]],
  ["One\ntwo\n \nthree", [[{ text: "One\ntwo" }], [{ text: "three" }]]],
  [
    "See https://status.example/x?y=1.",
    [[{ text: "See " }, { text: "https://status.example/x?y=1", url: "https://status.example/x?y=1" }, { text: "." }]],
  ],
  [
    "<b>https://a.example</b>",
    [[{ text: "<b>" }, { text: "https://a.example", url: "https://a.example" }, { text: "</b>" }]],
  ],
  ["javascript:alert(1)", [[{ text: "javascript:alert(1)" }]]],
  ["https://bank.example@evil.example", [[{ text: "https://bank.example@evil.example" }]]],
  ["https://[::x", [[{ text: "https://[::x" }]]],
  ["", []],
])("%s", (text, want) => {
  expect(paragraphs(text)).toEqual(want);
});

afterEach(() => vi.unstubAllGlobals());

test("links are found by browsers of 2023, which have no URL.parse", () => {
  vi.stubGlobal(
    "URL",
    class extends URL {
      static override parse = undefined as never;
    },
  );
  expect(paragraphs("https://a.example")).toEqual([[{ text: "https://a.example", url: "https://a.example" }]]);
});
