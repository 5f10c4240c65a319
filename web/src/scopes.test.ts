import { expect, test } from "vitest";
import { may, mayAll, mayAny } from "./scopes";

const held = ["list:users!group=cs101", "servers!user=ann", "read:users:name"];

test("filters say for whom a scope is held", () => {
  expect(mayAny(held, ["list:users"])).toBe(true);
  expect(mayAny(held, ["list:groups", "groups"])).toBe(false);
  expect(mayAll(held, "read:users:name")).toBe(true);
  expect(mayAll(held, "list:users")).toBe(false);
  expect(may(held, "list:users", { name: "bob", groups: ["cs101"] })).toBe(true);
  expect(may(held, "list:users", { name: "bob", groups: ["cs102"] })).toBe(false);
  expect(may([...held, "servers!group=cs101"], "servers", { name: "dean", groups: ["cs101"], above: true })).toBe(
    false,
  );
  expect(may(held, "list:users", { name: "dean", groups: ["cs101"], above: true })).toBe(true);
  expect(may(held, "servers", { name: "ann" })).toBe(true);
  expect(may(held, "servers", { name: "bob" })).toBe(false);
  expect(may(held, "read:users:name", { name: "bob" })).toBe(true);
});
