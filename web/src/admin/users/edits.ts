// What is edited of somebody, and what becomes of it where others edit them at the same time.

import type { Person, UserChanged, UserPatch } from "../../api/users";

/** What the form changes. */
export interface Edit {
  name: string;
  admin: boolean;
  groups: string[];
}

export function editOf(person: Person): Edit {
  return { name: person.name, admin: person.admin ?? false, groups: person.groups ?? [] };
}

/** What of somebody is other than it was. */
export function patchOf(person: Person, edit: Edit): UserPatch {
  const was = editOf(person);
  const patch: UserPatch = {};
  if (edit.name.trim() !== was.name) patch.name = edit.name.trim();
  if (edit.admin !== was.admin) patch.admin = edit.admin;
  const groups = [...new Set(edit.groups)];
  if (without(groups, was.groups).length > 0 || without(was.groups, groups).length > 0) patch.groups = groups;
  return patch;
}

/** One's own changes to how somebody was, made to how they are now. */
export function merged(before: Person, mine: Edit, now: Person): Edit {
  const [was, is] = [editOf(before), editOf(now)];
  const left = without(was.groups, mine.groups);
  const joined = without(mine.groups, [...was.groups, ...is.groups]);
  return {
    name: mine.name.trim() === was.name ? is.name : mine.name,
    admin: mine.admin === was.admin ? is.admin : mine.admin,
    groups: [...without(is.groups, left), ...joined],
  };
}

/** Tells whether both have given somebody a new name, and not the same. */
export function bothRenamed(before: Person, mine: Edit, now: Person): boolean {
  return new Set([before.name, mine.name.trim(), now.name]).size === 3;
}

/** What somebody else has changed, and who it was, where that is known. */
export type Change = { who?: string | undefined; at?: string | undefined } & (
  | { kind: "renamed"; from: string; to: string }
  | { kind: "admin" | "suspended" | "mustChange"; on: boolean }
  | { kind: "joined" | "left"; group: string }
);

/** How somebody differs from how they were, by the log of their changes, whose newest come first. */
export function changesSince(before: Person, now: Person, log: UserChanged["changes"]): Change[] {
  const by = (actions: string[], is: (change: UserChanged["changes"][number]) => boolean) => {
    const change = log.find((c) => actions.includes(c.action) && is(c));
    return { who: change?.actor, at: change?.at };
  };
  const byField = (field: string) =>
    by(["user.change", "user.reset_admin"], (c) => c.after?.[field] !== c.before?.[field]);
  const byGroup = (action: string, group: string) => by([action], (c) => c.after?.group === group);
  const [was, is] = [editOf(before), editOf(now)];
  const changes: Change[] = [];
  if (was.name !== is.name) changes.push({ kind: "renamed", from: was.name, to: is.name, ...byField("name") });
  if (was.admin !== is.admin) changes.push({ kind: "admin", on: is.admin, ...byField("admin") });
  if ((before.suspended ?? false) !== (now.suspended ?? false)) {
    changes.push({ kind: "suspended", on: now.suspended ?? false, ...byField("suspended") });
  }
  if ((before.must_change_password ?? false) !== (now.must_change_password ?? false)) {
    const who = by(["user.must_change"], () => true);
    changes.push({ kind: "mustChange", on: now.must_change_password ?? false, ...who });
  }
  for (const group of without(is.groups, was.groups)) {
    changes.push({ kind: "joined", group, ...byGroup("group.add_member", group) });
  }
  for (const group of without(was.groups, is.groups)) {
    changes.push({ kind: "left", group, ...byGroup("group.remove_member", group) });
  }
  return changes;
}

function without(list: string[], others: string[]): string[] {
  const out = new Set(others);
  return list.filter((item) => !out.has(item));
}
