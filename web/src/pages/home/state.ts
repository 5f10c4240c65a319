import type { Server } from "../../api/servers";
import type { Home } from "../../text/en/home";

export type StateKind = "stopped" | "waiting" | "starting" | "ready" | "stopping" | "failed";

/** Where a server stands. */
export interface State {
  kind: StateKind;
}

export function stateOf(server: Server): State {
  if (server.pending === "stop") return { kind: "stopping" };
  if (server.pending) return { kind: server.queue_place ? "waiting" : "starting" };
  if (server.ready) return { kind: "ready" };
  return { kind: server.failure ? "failed" : "stopped" };
}

/** The same in words. */
export function wordsOf(server: Server, words: Home["state"]): string {
  const { kind } = stateOf(server);
  return kind === "waiting" ? words.waiting(server.queue_place ?? 1, waitsFor(server)) : words[kind];
}

/** The devices that it waits for: "1 gpu"; nothing where it waits for its turn alone. */
export function waitsFor(server: Server): string | undefined {
  const wants = Object.entries(server.waits_for ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return wants.map(([kind, n]) => `${n} ${kind}`).join(", ") || undefined;
}

/** The default server, if there is one, and the named ones by name: an order that no change of state disturbs. */
export function inOrder(servers: Record<string, Server>): Server[] {
  return Object.values(servers).sort((a, b) => (a.name < b.name ? -1 : 1));
}
