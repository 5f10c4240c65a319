import { expect, test } from "vitest";
import { mayChangeMembers, mayCreate, mayCreateIn, rightsOn, rightsOnSome } from "./rights";

const teacher = [
  "admin-ui",
  "list:users!group=cs101",
  "create:users!group=cs101",
  "admin:passwords!group=cs101",
  "start:servers!group=cs101",
  "delete:servers!group=cs101",
  "access:servers!group=cs101",
  "groups!group=cs101",
];

test("a teacher does with their own students what their scopes say, and nothing with others", () => {
  const student = { start: true, stop: true, open: true, password: true, edit: false, delete: false };
  const nothing = { start: false, stop: false, open: false, password: false, edit: false, delete: false };
  const viewer = { scopes: teacher, admin: false };
  expect(rightsOn(viewer, { name: "ada", groups: ["cs101"] })).toEqual(student);
  expect(rightsOn(viewer, { name: "bob", groups: ["cs102"] })).toEqual(nothing);
  expect(rightsOn(viewer, { name: "dean", groups: ["cs101"], above: true })).toEqual(nothing);
  expect(rightsOnSome(teacher)).toEqual(student);
});

test("whoever may change everybody, and is no administrator, does not change one", () => {
  const scopes = ["admin:users", "delete:users", "servers", "start:servers", "delete:servers", "access:servers"];
  const all = { start: true, stop: true, open: true, password: true, edit: true, delete: true };
  const root = { name: "root", admin: true };
  expect(rightsOn({ scopes, admin: true }, root)).toEqual(all);
  expect(rightsOn({ scopes, admin: false }, { name: "ada", admin: false })).toEqual(all);
  expect(rightsOn({ scopes, admin: false }, root)).toEqual({ ...all, password: false, edit: false, delete: false });
});

test("people are made in the teacher's groups, by administrators anywhere", () => {
  expect(mayCreateIn(teacher)).toEqual(["cs101"]);
  expect(mayCreate(teacher)).toBe(true);
  expect(mayCreateIn(["admin:users"])).toBe("any");
  expect(mayCreate(["list:users"])).toBe(false);
  expect(mayChangeMembers(teacher)).toEqual(["cs101"]);
  expect(mayChangeMembers(["groups"])).toBe("any");
});
