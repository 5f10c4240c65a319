import { expect, test } from "vitest";
import type { Selection } from "./selection";
import { acts, offered, requestOf, workOf } from "./work";

const picked: Selection = { kind: "names", names: new Set(["a", "b"]) };
const all = (filter: object): Selection => ({ kind: "all", filter, search: "", count: 9 });

test("names those who were picked, as each request wants it", () => {
  expect(requestOf({ act: "stop" }, picked)).toEqual({
    path: "bulk/servers/stop",
    body: { servers: [{ username: "a" }, { username: "b" }] },
  });
  expect(requestOf({ act: "suspend" }, picked).body).toEqual({ usernames: ["a", "b"], suspended: true });
  expect(requestOf({ act: "quota", quota: { action: "add", amount: 50 } }, picked)).toEqual({
    path: "bulk/users/quota",
    body: { usernames: ["a", "b"], action: "add", amount: 50 },
  });
  const passwords = new Map([
    ["a", "x"],
    ["b", "y"],
  ]);
  expect(requestOf({ act: "passwords", passwords, mustChange: false }, picked).body).toEqual({
    users: [
      { username: "a", password: "x" },
      { username: "b", password: "y" },
    ],
    must_change_password: false,
  });
});

test("gives the filter of all that match, and says so where it is everybody", () => {
  expect(requestOf({ act: "join", group: "g" }, all({ server: "stopped" })).body).toEqual({
    filter: { server: "stopped" },
    group: "g",
  });
  expect(requestOf({ act: "force" }, all({})).body).toEqual({
    filter: { everybody: true },
    must_change_password: true,
  });
});

test("offers what the viewer may do with somebody", () => {
  const rights = { start: true, stop: false, open: false, password: true, edit: false, delete: false };
  expect(acts.filter((act) => offered(act, rights, false))).toEqual(["start", "passwords", "force"]);
  expect(offered("leave", rights, true)).toBe(true);
  expect(offered("quota", rights, true)).toBe(false);
  expect(offered("quota", rights, false, true)).toBe(true);
});

test.each([
  [{ kind: "start:servers" }, { act: "start" }],
  [{ kind: "delete:servers" }, { act: "stop" }],
  [{ kind: "delete" }, { act: "delete" }],
  [
    { kind: "join", group: "lab" },
    { act: "join", group: "lab" },
  ],
  [
    { kind: "leave", group: "lab" },
    { act: "leave", group: "lab" },
  ],
  [{ kind: "leave" }, undefined],
  [
    { kind: "quota", change: { quota: { action: "add", amount: 50 } } },
    { act: "quota", quota: { action: "add", amount: 50 } },
  ],
  [{ kind: "quota" }, undefined],
  [{ kind: "change", change: { suspended: true } }, { act: "suspend" }],
  [{ kind: "change", change: { suspended: false } }, { act: "restore" }],
  [{ kind: "change", change: { must_change_password: true } }, { act: "force" }],
  [{ kind: "change", change: { must_change_password: false } }, undefined],
  [{ kind: "change" }, undefined],
  [{ kind: "passwords" }, undefined],
  [{ kind: "users" }, undefined],
] as const)("a job begun elsewhere as %j can be done again as %j", (job, work) => expect(workOf(job)).toEqual(work));
