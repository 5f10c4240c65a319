// What somebody may, as the hub lists it: "servers", "servers!group=cs101", "servers!user=ann". The hub has the last word;
// pages ask here only to leave out what could not be done.

/** Whom something is about. */
export interface Whom {
  name: string;
  groups?: string[];
  /** They hold more than whoever asked: what is done to members of a group is not done to them. */
  above?: boolean;
}

/** Tells whether a scope only shows something: those are held on everybody in a group. */
function shows(scope: string): boolean {
  return /^(read|list):/.test(scope);
}

/** Tells whether one of the scopes is held, for whomever. */
export function mayAny(held: readonly string[], scopes: readonly string[]): boolean {
  return held.some((scope) => scopes.includes(scope.split("!", 1)[0] ?? ""));
}

/** Tells whether the scope is held without a filter. */
export function mayAll(held: readonly string[], scope: string): boolean {
  return held.includes(scope);
}

/** Tells whether the scope is held for that person. */
export function may(held: readonly string[], scope: string, whom: Whom): boolean {
  return (
    held.includes(scope) ||
    held.includes(`${scope}!user=${whom.name}`) ||
    ((!whom.above || shows(scope)) && (whom.groups ?? []).some((group) => held.includes(`${scope}!group=${group}`)))
  );
}

/** The groups for which a scope is held by the group's name. */
export function groupsWith(held: readonly string[], scope: string): string[] {
  const before = `${scope}!group=`;
  return held.filter((one) => one.startsWith(before)).map((one) => one.slice(before.length));
}

/** Tells whether a scope about groups themselves is held for that one. */
export function mayGroup(held: readonly string[], scope: string, group: string): boolean {
  return held.includes(scope) || held.includes(`${scope}!group=${group}`);
}
