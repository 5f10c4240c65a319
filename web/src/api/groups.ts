import type { Api } from "./client";
import type { Group } from "./schema.gen";
import { listPeople, type Page, type Person, paged, type Results } from "./users";

/** A group, with how many are in it and not who. What the viewer may not see is missing. */
export type { Group };

const counted = "members=count";
const path = (group: string) => `groups/${encodeURIComponent(group)}`;

/** A part of the list; query as GET /groups takes it. */
export function listGroups(api: Api, query: string, signal: AbortSignal): Promise<Page<Group>> {
  return api.call("GET", `groups?${counted}&${query}`, { signal, accept: paged });
}

export function getGroup(api: Api, group: string, signal: AbortSignal): Promise<Group> {
  return api.call("GET", `${path(group)}?${counted}`, { signal });
}

export function createGroup(api: Api, group: string): Promise<unknown> {
  return api.call("POST", "groups", { body: { groups: [group] } });
}

export function renameGroup(api: Api, group: string, name: string): Promise<Group> {
  return api.call("PATCH", `${path(group)}?${counted}`, { body: { name } });
}

export function deleteGroup(api: Api, group: string): Promise<void> {
  return api.call("DELETE", path(group));
}

/** Puts people into a group; all of them, or nobody where one does not exist. */
export function addMembers(api: Api, group: string, users: string[]): Promise<Group> {
  return api.call("POST", `${path(group)}/users?${counted}`, { body: { users } });
}

/** Puts people into a group, each by themselves: one result a name. */
export function addEach(api: Api, group: string, usernames: string[]): Promise<Results> {
  return api.call("POST", "bulk/groups/add", { body: { group, usernames } });
}

export function removeMembers(api: Api, group: string, users: string[]): Promise<Group> {
  return api.call("DELETE", `${path(group)}/users?${counted}`, { body: { users } });
}

export type Properties = Record<string, unknown>;

export function setProperties(api: Api, group: string, properties: Properties): Promise<Group> {
  return api.call("PUT", `${path(group)}/properties?${counted}`, { body: properties });
}

/** A part of who is in a group, by name. */
export function listMembers(
  api: Api,
  group: string,
  part: { search: string; offset: number; limit: number },
  signal: AbortSignal,
): Promise<Page<Person>> {
  const query = new URLSearchParams({ group, sort: "name", offset: String(part.offset), limit: String(part.limit) });
  if (part.search) query.set("name_filter", part.search);
  return listPeople(api, query.toString(), signal);
}

/** A few people whose names hold a text. */
export async function findPeople(api: Api, text: string, signal: AbortSignal): Promise<Person[]> {
  const query = new URLSearchParams({ name_filter: text, sort: "name", limit: "8" });
  return (await listPeople(api, query.toString(), signal)).items;
}

/** How many servers are shared with a group. */
export async function countShared(api: Api, group: string, signal: AbortSignal): Promise<number> {
  const page = await api.call<{ _pagination: { total: number } }>("GET", `${path(group)}/shared?limit=1`, { signal });
  return page._pagination.total;
}
