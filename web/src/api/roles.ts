import type { Api } from "./client";
import type { MadeRole } from "./schema.gen";

/** A role that is made while the hub runs, or ready-made, with who has it. */
export type { MadeRole };

/** A role for somebody, on the members of a group alone where one is named. */
export interface Gift {
  role: string;
  user: string;
  group: string | null;
}

export async function listRoles(api: Api, signal: AbortSignal): Promise<MadeRole[]> {
  const answer = await api.call<{ items: MadeRole[] }>("GET", "roles", { signal });
  return answer.items;
}

export function giveRole(api: Api, gift: Gift): Promise<void> {
  return api.call("POST", holders(gift), { body: { user: gift.user, group: gift.group } });
}

export function takeRole(api: Api, gift: Gift): Promise<void> {
  return api.call("DELETE", holders(gift), { body: { user: gift.user, group: gift.group } });
}

const holders = ({ role }: Gift) => `roles/${encodeURIComponent(role)}/users`;
