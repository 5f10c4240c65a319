import { may } from "../../../scopes";

/** What somebody may do about sharing servers of their own. */
export interface SharingRights {
  /** Share at all. */
  share: boolean;
  /** Name people whom they share with; without it there are links. */
  people: boolean;
  groups: boolean;
}

/** Reads them from the scopes that somebody holds. */
export function sharingRights(held: readonly string[], name: string): SharingRights {
  const others = (scope: string) => held.some((s) => s === scope || s.startsWith(`${scope}!group=`));
  return {
    share: may(held, "shares", { name }),
    people: others("read:users:name"),
    groups: others("read:groups:name"),
  };
}
