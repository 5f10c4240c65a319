import type { Home } from "../text/en/home";
import type { Api } from "./client";
import type { Server, ServerEvents } from "./schema.gen";

/** A notebook server, as the hub tells of it. */
export type { Server };

export interface User {
  name: string;
  servers: Record<string, Server>;
}

const maxNameLength = 30;
const validName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Says what is wrong with a new server's name, null when nothing is. */
export function nameProblem(
  name: string,
  taken: Iterable<string>,
  reserved: string[],
  words: Home["add"],
): string | null {
  if (name === "") return words.none;
  if (name.length > maxNameLength) return words.long(maxNameLength);
  if (!/^[a-z]/.test(name)) return words.begin;
  if (!validName.test(name)) return words.characters;
  if (new Set(taken).has(name)) return words.taken;
  if (reserved.includes(name)) return words.reserved(name);
  return null;
}

/** The path of a server below /hub/api/. */
export function serverPath(user: string, server: string): string {
  const person = `users/${encodeURIComponent(user)}`;
  return server === "" ? `${person}/server` : `${person}/servers/${encodeURIComponent(server)}`;
}

/** The hub's page about a server: where its start is asked for, or seen. */
export function serverPage(hub: string, page: "spawn" | "spawn-pending", user: string, server: string): string {
  const person = `${hub}${page}/${encodeURIComponent(user)}`;
  return server === "" ? person : `${person}/${encodeURIComponent(server)}`;
}

/** The name that a server is shown with; empty is the default one, which has none. */
export function shownName(server: Pick<Server, "name" | "display_name">): string {
  return server.display_name || server.name;
}

export function getUser(api: Api, name: string, signal?: AbortSignal): Promise<User> {
  const path = `users/${encodeURIComponent(name)}?include_stopped_servers=1`;
  return api.call("GET", path, signal ? { signal } : {});
}

export function stopServer(api: Api, user: string, server: string): Promise<void> {
  return api.call("DELETE", serverPath(user, server));
}

export function removeServer(api: Api, user: string, server: string): Promise<void> {
  return api.call("DELETE", serverPath(user, server), { body: { remove: true } });
}

/** Lets a running server end later, by so many minutes or as many as there are. */
export function extendServer(api: Api, user: string, server: string, minutes: number): Promise<{ ends_at: string }> {
  return api.call("POST", `${serverPath(user, server)}/extend`, { body: { minutes } });
}

/** The last of what became of a server, newest first. */
export function listEvents(
  api: Api,
  user: string,
  server: string,
  signal: AbortSignal,
  limit = 20,
): Promise<ServerEvents> {
  return api.call("GET", `${serverPath(user, server)}/events?limit=${limit}`, { signal });
}
