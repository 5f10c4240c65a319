import { expect, test } from "vitest";
import type { Announcement } from "../../api/announcements";
import { changeOf, draftOf, faults, left, stateOf } from "./draft";

const one: Announcement = {
  id: 1,
  level: "info",
  text: "Hello",
  group: null,
  from: new Date(2026, 0, 2, 3, 4, 5).toISOString(),
  until: null,
  author: "root",
  changed: "2026-01-02T03:04:05Z",
};

test("only what is another is sent", () => {
  expect(changeOf(draftOf(one), one)).toEqual({});
  expect(changeOf({ ...draftOf(one), text: "Bye", until: "2026-01-03T00:00" }, one)).toEqual({
    text: "Bye",
    until: new Date(2026, 0, 3).toISOString(),
  });
  expect(changeOf({ ...draftOf(one), toGroup: true, group: " cs101 " }, one)).toEqual({ group: "cs101" });
  const made = changeOf({ ...draftOf(undefined), text: "Hello" }, undefined);
  expect(made).toEqual({ level: "info", text: "Hello", group: null, from: null, until: null });
});

test("what is wrong is known before it is sent", () => {
  const good = { ...draftOf(undefined), text: "Hello" };
  expect([...faults(good)]).toEqual([]);
  expect([...faults({ ...good, text: " \n" })]).toEqual(["text"]);
  expect([...faults({ ...good, text: "😀".repeat(2001) })]).toEqual(["text"]);
  expect(left("😀".repeat(2000))).toBe(0);
  expect([...faults({ ...good, toGroup: true })]).toEqual(["group"]);
  expect([...faults({ ...good, until: "2001-01-01T00:00" })]).toEqual(["until"]);
  expect([...faults({ ...good, from: "2999-01-01T00:00", until: "2998-01-01T00:00" })]).toEqual(["until"]);
});

test("now, later or over", () => {
  const at = (from: string, until: string | null) =>
    stateOf({ ...one, from, until }, Date.parse("2026-05-05T00:00:00Z"));
  expect(at("2026-05-04T00:00:00Z", null)).toBe("now");
  expect(at("2026-05-06T00:00:00Z", null)).toBe("later");
  expect(at("2026-05-01T00:00:00Z", "2026-05-05T00:00:00Z")).toBe("over");
});
