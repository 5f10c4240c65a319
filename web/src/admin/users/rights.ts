// What the viewer may do with somebody on the Users page, so that nothing is offered that the hub would refuse. It goes by the
// scopes that the hub names; docs/guide/roles.md says what each is for.

import type { Person } from "../../api/users";
import type { AppData } from "../../data";
import { groupsWith, may, mayAll, mayAny, type Whom } from "../../scopes";

/** What may be done with one person. */
export interface Rights {
  start: boolean;
  stop: boolean;
  /** Look into their servers. */
  open: boolean;
  /** Set their password, or have them change it. */
  password: boolean;
  /** Rename, make or unmake an administrator, suspend, revoke. */
  edit: boolean;
  delete: boolean;
}

/** Who looks at the page, and at whom. */
type Viewer = Pick<AppData, "scopes" | "admin">;
type Looked = Whom & Pick<Person, "admin">;

/** What the viewer may do with that person. Administrators are changed by administrators alone. */
export function rightsOn(viewer: Viewer, person: Looked): Rights {
  const can = (...scopes: string[]) => scopes.some((scope) => may(viewer.scopes, scope, person));
  const changes = viewer.admin || !person.admin;
  return {
    start: can("start:servers"),
    stop: can("delete:servers"),
    open: can("access:servers"),
    password: changes && can("admin:users", "admin:passwords"),
    edit: changes && can("admin:users"),
    delete: changes && can("delete:users"),
  };
}

/** What the viewer may do with somebody at least: what is worth a button for a selection, whoever is in it. */
export function rightsOnSome(held: readonly string[]): Rights {
  return {
    start: mayAny(held, ["start:servers"]),
    stop: mayAny(held, ["delete:servers"]),
    open: mayAny(held, ["access:servers"]),
    password: mayAny(held, ["admin:users", "admin:passwords"]),
    edit: mayAny(held, ["admin:users"]),
    delete: mayAny(held, ["delete:users"]),
  };
}

/** Into which groups the viewer may make people: "any", or these alone, to one of which each new person has to belong. */
export function mayCreateIn(held: readonly string[]): "any" | string[] {
  return mayAll(held, "admin:users") || mayAll(held, "create:users") ? "any" : groupsWith(held, "create:users");
}

/** Tells whether the viewer may make people at all. */
export function mayCreate(held: readonly string[]): boolean {
  return mayCreateIn(held).length > 0;
}

/** Whose members the viewer may change: "any", or these groups. */
export function mayChangeMembers(held: readonly string[]): "any" | string[] {
  return mayAll(held, "groups") ? "any" : groupsWith(held, "groups");
}

/** Tells whether the list shows what people have. */
export function showsQuota({ scopes, quota }: Pick<AppData, "scopes" | "quota">): boolean {
  return quota !== null && mayAny(scopes, ["read:quota"]);
}

/** Tells whether the viewer may change what that person has. */
export function mayChangeQuota(held: readonly string[], person: Whom): boolean {
  return may(held, "admin:quota", person);
}
