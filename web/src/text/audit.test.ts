import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { audit } from "./en/audit";

const internal = resolve(import.meta.dirname, "../../../internal");

/** What the hub writes into its audit log: the actions in calls that make an entry, and beside `action`. */
function written(): Set<string> {
  const files = readdirSync(internal, { recursive: true, encoding: "utf8" });
  const found = new Set<string>();
  for (const file of files.filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"))) {
    for (const line of readFileSync(join(internal, file), "utf8").split("\n")) {
      if (!/audit|action|note|entry/i.test(line)) continue;
      for (const [, action = ""] of line.matchAll(/"((?:[a-z]+_)*[a-z]+\.[a-z_]+)"/g)) found.add(action);
    }
  }
  return found;
}

test("the audit page has words for each action that the hub records", () => {
  const families = Object.keys(audit.families);
  const actions = [...written()].filter((action) => families.some((family) => action.startsWith(family)));
  expect(actions.length).toBeGreaterThan(30);
  expect(actions.filter((action) => !(action in audit.actions))).toEqual([]);
});
