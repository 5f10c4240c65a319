import type { Api } from "./client";
import type { Share, ShareCode } from "./schema.gen";
import type { Page } from "./users";

/** Who may open a server: a person or a group. */
export type { Share };

/** A link that gives a server to whoever follows it. The code itself is in the answer that made it alone. */
export type ShareLink = ShareCode;

/** With whom a server is shared by name. */
export type Recipient = { user: string } | { group: string };

/** How many are shown of a list. */
export const mostShown = 100;

/** A server's part of a path; the default one has an empty name, and keeps its slash. */
function serverOf(owner: string, server: string): string {
  return `${encodeURIComponent(owner)}/${encodeURIComponent(server)}`;
}

export function listShares(api: Api, owner: string, server: string, signal: AbortSignal): Promise<Page<Share>> {
  return api.call("GET", `shares/${serverOf(owner, server)}?limit=${mostShown}`, { signal });
}

export function listLinks(api: Api, owner: string, server: string, signal: AbortSignal): Promise<Page<ShareLink>> {
  return api.call("GET", `share-codes/${serverOf(owner, server)}?limit=${mostShown}`, { signal });
}

export function giveShare(api: Api, owner: string, server: string, to: Recipient): Promise<Share> {
  return api.call("POST", `shares/${serverOf(owner, server)}`, { body: to });
}

export function takeShare(api: Api, owner: string, server: string, from: Recipient): Promise<void> {
  return api.call("PATCH", `shares/${serverOf(owner, server)}`, { body: from });
}

/** Makes a link that is good for so many seconds. */
export function makeLink(api: Api, owner: string, server: string, seconds: number): Promise<ShareLink> {
  return api.call("POST", `share-codes/${serverOf(owner, server)}`, { body: { expires_in: seconds } });
}

export function takeLink(api: Api, owner: string, server: string, id: string): Promise<void> {
  return api.call("DELETE", `share-codes/${serverOf(owner, server)}?id=${encodeURIComponent(id)}`);
}

/** What others share with somebody, or with a group that they are in: a part of it. */
export function listShared(api: Api, name: string, offset: number, signal: AbortSignal): Promise<Page<Share>> {
  return api.call("GET", `users/${encodeURIComponent(name)}/shared?offset=${offset}&limit=${mostShown}`, { signal });
}

/** Gives back what somebody shares. */
export function leaveShare(api: Api, name: string, owner: string, server: string): Promise<void> {
  return api.call("DELETE", `users/${encodeURIComponent(name)}/shared/${serverOf(owner, server)}`);
}
