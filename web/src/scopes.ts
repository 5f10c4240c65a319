// What somebody may, as the hub lists it: "servers", "servers!group=cs101", "servers!user=ann". The hub has the last word;
// pages ask here only to leave out what could not be done.

/** Whom something is about. */
export interface Whom {
  name: string;
  groups?: string[];
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
    (whom.groups ?? []).some((group) => held.includes(`${scope}!group=${group}`))
  );
}
