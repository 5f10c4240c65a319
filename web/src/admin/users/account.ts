import type { Person } from "../../api/users";
import type { AccountState } from "./query";

const dormantAfter = 180 * 24 * 3600 * 1000;

/** What is special about somebody's account, as far as the viewer may see; as the hub's filter `account` has it. */
export function accountStatesOf(person: Person, now: number): AccountState[] {
  const states: AccountState[] = [];
  if (person.suspended) states.push("suspended");
  if (person.password === "unclaimed") states.push("unclaimed");
  else if (person.must_change_password) states.push("must_change");
  if (isDormant(person, now)) states.push("dormant");
  return states;
}

/** Made half a year before or earlier, and not seen since. Who may not see both is not told. */
function isDormant({ created, last_activity: seen }: Person, now: number): boolean {
  const last = seen ?? (seen === null ? created : undefined);
  return !!last && now - Date.parse(last) > dormantAfter;
}
