import { expect, test, vi } from "vitest";
import { differences, everything, inBrief, isFiltered, listQuery, readView, writeView } from "./query";

test("what is shown stands in the address, and is read back", () => {
  const view = { ...everything, actor: "root", action: "user.", from: "2026-01-31", to: "2026-01-31", before: "17" };
  const address = writeView(view);
  expect(address.toString()).toBe("actor=root&action=user.&from=2026-01-31&to=2026-01-31&before=17");
  expect(readView(address)).toEqual(view);
});

test("what means nothing in an address is left out", () => {
  const address = new URLSearchParams("from=yesterday&to=2026-02-31&job=x&before=-1&what=else&actor=ann");
  expect(readView(address)).toEqual({ ...everything, actor: "ann" });
  expect(readView(new URLSearchParams({ target: "a".repeat(10_000) })).target).toHaveLength(255);
});

test("days are the person's own, from their beginning to their end", () => {
  const query = listQuery({ ...everything, from: "2026-01-31", to: "2026-01-31" });
  expect(query.get("since")).toBe(new Date(2026, 0, 31).toISOString());
  expect(query.get("until")).toBe(new Date(2026, 1, 1).toISOString());
});

test("names are asked for as they are kept", () => {
  expect(listQuery({ ...everything, actor: " root ", request: "r1" }).toString()).toBe("actor=root&request_id=r1");
});

test("a page of it is no filter", () => {
  expect(isFiltered({ ...everything, before: "3" })).toBe(false);
  expect(isFiltered({ ...everything, job: "3" })).toBe(true);
});

test("what changed is told field by field", () => {
  expect(differences({ admin: false, name: "ann" }, { admin: true, name: "ann", groups: ["a", "b"] })).toEqual([
    { field: "admin", before: "false", after: "true" },
    { field: "groups", before: "", after: "a, b" },
  ]);
  expect(differences(null, { name: "ann" })).toEqual([{ field: "name", before: "", after: "ann" }]);
  expect(differences({ a: { b: 1 } }, { a: { b: 1 } })).toEqual([{ field: "a", before: '{"b":1}', after: '{"b":1}' }]);
  expect(differences(null, null)).toEqual([]);
});

test("a row says in brief which group it was, or what became of it", () => {
  const brief = (before: unknown, after: unknown) => inBrief(differences(before, after));
  expect(brief(null, { group: "cs101" })).toBe("cs101");
  expect(brief(null, { group: "cs101", role: "teacher" })).toBe("cs101, teacher");
  expect(brief({ group: "cs101" }, null)).toBe("cs101");
  expect(brief({ admin: false, suspended: false }, { admin: false, suspended: true })).toBe("suspended: true");
  expect(brief(null, { admin: false })).toBe("");
  expect(brief(null, { a: "1", b: "2", c: "3" })).toBe("");
  expect(brief(null, null)).toBe("");
});

test("what limits the list is known without URLSearchParams.size, which browsers of early 2023 have not", () => {
  const size = vi.spyOn(URLSearchParams.prototype, "size", "get").mockReturnValue(undefined as never);
  expect(isFiltered({ ...everything, actor: "root" })).toBe(true);
  expect(isFiltered({ ...everything, before: "17" })).toBe(false);
  size.mockRestore();
});
