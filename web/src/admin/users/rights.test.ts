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
  expect(rightsOn(teacher, { name: "ada", groups: ["cs101"] })).toEqual(student);
  expect(rightsOn(teacher, { name: "bob", groups: ["cs102"] })).toEqual(nothing);
  expect(rightsOn(teacher, { name: "dean", groups: ["cs101"], above: true })).toEqual(nothing);
  expect(rightsOnSome(teacher)).toEqual(student);
});

test("people are made in the teacher's groups, by administrators anywhere", () => {
  expect(mayCreateIn(teacher)).toEqual(["cs101"]);
  expect(mayCreate(teacher)).toBe(true);
  expect(mayCreateIn(["admin:users"])).toBe("any");
  expect(mayCreate(["list:users"])).toBe(false);
  expect(mayChangeMembers(teacher)).toEqual(["cs101"]);
  expect(mayChangeMembers(["groups"])).toBe("any");
});
