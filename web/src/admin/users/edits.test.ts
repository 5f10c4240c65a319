import { describe, expect, test } from "vitest";
import type { Person } from "../../api/users";
import { bothRenamed, changesSince, editOf, merged, patchOf } from "./edits";

const ann: Person = { kind: "user", name: "ann", admin: false, suspended: false, groups: ["a", "b"], servers: {} };

test("only what was changed is sent", () => {
  expect(patchOf(ann, editOf(ann))).toEqual({});
  expect(patchOf(ann, { name: " ann ", admin: false, groups: ["b", "a", "a"] })).toEqual({});
  expect(patchOf(ann, { name: "anna", admin: true, groups: ["a"] })).toEqual({
    name: "anna",
    admin: true,
    groups: ["a"],
  });
});

describe("G10 one's own changes are kept beside those of others", () => {
  const now: Person = { ...ann, name: "annie", admin: true, groups: ["b", "c"] };
  test("what one has not touched is as they have it", () => {
    expect(merged(ann, editOf(ann), now)).toEqual(editOf(now));
  });
  test("what one has changed stays so", () => {
    const mine = { name: "anna", admin: false, groups: ["a", "d", "c"] };
    expect(merged(ann, mine, now)).toEqual({ name: "anna", admin: true, groups: ["c", "d"] });
    expect(bothRenamed(ann, mine, now)).toBe(true);
    expect(bothRenamed(ann, { ...mine, name: "annie" }, now)).toBe(false);
  });
});

test("G10 each difference is told with whose it is", () => {
  const now: Person = { ...ann, suspended: true, groups: ["a", "c"] };
  const change = (actor: string, action: string, before?: object, after?: object) => ({
    at: "2026-01-02T03:04:05Z",
    actor,
    action,
    before: { ...before },
    after: { ...after },
  });
  const log = [
    change("eve", "user.change", { admin: true, suspended: true }, { admin: false, suspended: true }),
    change("bob", "group.add_member", undefined, { group: "c" }),
    change("cid", "user.change", { admin: true, suspended: false }, { admin: true, suspended: true }),
  ];
  const at = "2026-01-02T03:04:05Z";
  expect(changesSince(ann, now, log)).toEqual([
    { kind: "suspended", on: true, who: "cid", at },
    { kind: "joined", group: "c", who: "bob", at },
    { kind: "left", group: "b" },
  ]);
});
