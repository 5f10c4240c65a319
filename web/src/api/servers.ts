import type { Api } from "./client";
import type { Server } from "./schema.gen";

/** A notebook server, as the hub tells of it. */
export type { Server };

export interface User {
  name: string;
  servers: Record<string, Server>;
}

const maxNameLength = 30;
const validName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Says what is wrong with a new server's name, null when nothing is. */
export function nameProblem(name: string, taken: Iterable<string>, reserved: string[]): string | null {
  if (name === "") return "Give the server a name.";
  if (name.length > maxNameLength) return `Use at most ${maxNameLength} characters.`;
  if (!/^[a-z]/.test(name)) return "Begin with a lower-case letter.";
  if (!validName.test(name)) return "Use lower-case letters, digits and single hyphens between them.";
  if (new Set(taken).has(name)) return "You have a server of this name already.";
  if (reserved.includes(name)) {
    return `The default server's own pages below ${name}/ would be hidden. Choose another name, such as ${name}-2.`;
  }
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

/** What a server is called on the page. */
export function labelOf(server: Pick<Server, "name" | "display_name">): string {
  return server.display_name || server.name || "Default server";
}

/** The same within a sentence. */
export function mentionOf(server: Pick<Server, "name" | "display_name">): string {
  return server.display_name || server.name ? `server ${labelOf(server)}` : "default server";
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
