import { expect, test } from "vitest";
import type { Person } from "../../api/users";
import { accountStatesOf } from "./account";

const now = Date.parse("2026-12-01T00:00:00Z");
const old = "2026-01-01T00:00:00Z";
const recent = "2026-11-01T00:00:00Z";

test.each<[string, Partial<Person>, string[]]>([
  ["nothing", { created: old, last_activity: recent }, []],
  ["long not seen", { created: old, last_activity: old }, ["dormant"]],
  ["never seen, and made long ago", { created: old, last_activity: null }, ["dormant"]],
  ["never seen, and just made", { created: recent, last_activity: null }, []],
  ["whose activity is not the viewer's to see", { created: old }, []],
  ["of whom less can be seen", { last_activity: null }, []],
  [
    "suspended, unclaimed and long not seen",
    { created: old, last_activity: old, suspended: true, password: "unclaimed", must_change_password: true },
    ["suspended", "unclaimed", "dormant"],
  ],
  ["who must change a password", { must_change_password: true }, ["must_change"]],
])("an account with %s", (_, person, states) =>
  expect(accountStatesOf({ kind: "user", name: "ann", ...person }, now)).toEqual(states),
);
