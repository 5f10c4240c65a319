import type { Server } from "../../api/servers";
import { ordinal } from "../../words";

export type StateKind = "stopped" | "waiting" | "starting" | "ready" | "stopping" | "failed";

/** Where a server stands, in words. */
export interface State {
  kind: StateKind;
  label: string;
}

export function stateOf(server: Server): State {
  if (server.pending === "stop") return { kind: "stopping", label: "Stopping" };
  if (server.pending) {
    if (server.queue_place) return { kind: "waiting", label: `Waiting in queue: ${ordinal(server.queue_place)}` };
    return { kind: "starting", label: "Starting" };
  }
  if (server.ready) return { kind: "ready", label: "Running" };
  if (server.failure) return { kind: "failed", label: "Failed" };
  return { kind: "stopped", label: "Stopped" };
}

/** The default server first, then the named ones by name: an order that no change of state disturbs. */
export function inOrder(servers: Record<string, Server>): Server[] {
  return Object.values(servers).sort((a, b) => (a.name < b.name ? -1 : 1));
}
