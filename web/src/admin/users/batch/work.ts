// What can be done with many people at once, and the requests that it is.

import type { Job } from "../../../api/users";
import type { UserFilter } from "../query";
import type { Rights } from "../rights";
import { namesOf, type Selection } from "./selection";

export const acts = [
  "start",
  "stop",
  "quota",
  "passwords",
  "force",
  "join",
  "leave",
  "suspend",
  "restore",
  "delete",
] as const;
export type Act = (typeof acts)[number];

/** Something that is to be done with people. */
export interface Work {
  act: Act;
  /** Which they join or leave. */
  group?: string;
  /** Those that they get, by their names. They are in this page alone. */
  passwords?: ReadonlyMap<string, string>;
  mustChange?: boolean;
  /** What is done to their quotas. */
  quota?: QuotaAct;
}

/** The same is done to the quota of each; `set_unlimited` has no amount. */
export interface QuotaAct {
  action: "set" | "add" | "deduct" | "set_unlimited";
  amount?: number;
}

/** Acts behind the menu of the bar, in its order; those that lose something stand last. */
export const menu: Act[] = ["passwords", "force", "join", "leave", "restore", "suspend", "delete"];

const rightOf: Record<Act, keyof Rights | "groups" | "quota"> = {
  start: "start",
  stop: "stop",
  quota: "quota",
  passwords: "password",
  force: "password",
  join: "groups",
  leave: "groups",
  suspend: "edit",
  restore: "edit",
  delete: "delete",
};

/** Tells whether an act is worth a button. */
export function offered(act: Act, rights: Rights, groups: boolean, quota = false): boolean {
  const right = rightOf[act];
  if (right === "quota") return quota;
  return right === "groups" ? groups : rights[right];
}

/** Acts after which something is lost, so that they are asked for in red. */
export function loses(act: Act): boolean {
  return act === "stop" || act === "suspend" || act === "delete";
}

const pathOf: Record<Act, string> = {
  start: "bulk/servers/start",
  stop: "bulk/servers/stop",
  quota: "bulk/users/quota",
  passwords: "bulk/users/passwords",
  force: "bulk/users/change",
  join: "bulk/groups/add",
  leave: "bulk/groups/remove",
  suspend: "bulk/users/change",
  restore: "bulk/users/change",
  delete: "bulk/users/delete",
};

/** A filter that says nothing stands for everybody, which the hub has said to it. */
function filterFor(filter: UserFilter): object {
  return Object.keys(filter).length > 0 ? filter : { everybody: true };
}

function whomOf({ act, passwords, mustChange }: Work, selection: Selection): object {
  if (selection.kind === "all") return { filter: filterFor(selection.filter) };
  const names = namesOf(selection);
  if (act === "start" || act === "stop") return { servers: names.map((username) => ({ username })) };
  if (act !== "passwords") return { usernames: names };
  const users = names.map((username) => ({ username, password: passwords?.get(username) ?? "" }));
  return { users, must_change_password: mustChange ?? true };
}

function saidOf({ act, group, quota }: Work): object {
  switch (act) {
    case "quota":
      return { ...quota };
    case "force":
      return { must_change_password: true };
    case "suspend":
      return { suspended: true };
    case "restore":
      return { suspended: false };
    case "join":
    case "leave":
      return { group };
    default:
      return {};
  }
}

/** The act of a kind of jobs, where there is but one. */
export const actOf: Record<string, Act> = {
  passwords: "passwords",
  join: "join",
  leave: "leave",
  quota: "quota",
  delete: "delete",
  "start:servers": "start",
  "delete:servers": "stop",
};

/**
 * What a job that was asked for elsewhere does, to do it again with some; undefined where that is not known. Nobody knows
 * the passwords of one.
 */
export function workOf({ kind, group, change }: Pick<Job, "kind" | "group" | "change">): Work | undefined {
  if (kind === "change") {
    if (change?.suspended !== undefined) return { act: change.suspended ? "suspend" : "restore" };
    return change?.must_change_password ? { act: "force" } : undefined;
  }
  const act = actOf[kind];
  if (act === "quota") return change?.quota ? { act, quota: change.quota } : undefined;
  if (!act || act === "passwords") return undefined;
  if (act !== "join" && act !== "leave") return { act };
  return group ? { act, group } : undefined;
}

/** The request that does the work with those who are selected. */
export function requestOf(work: Work, selection: Selection): { path: string; body: object } {
  return { path: pathOf[work.act], body: { ...whomOf(work, selection), ...saidOf(work) } };
}
