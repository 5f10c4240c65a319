import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import type { Server } from "../api/servers";

/** A hub of the network's other side, that tests tell what to answer. */
export const hub = setupServer(
  http.get("/hub/api/users/alice/shared", () =>
    HttpResponse.json({ items: [], _pagination: { offset: 0, limit: 100, total: 0 } }),
  ),
  http.get("/hub/api/users/alice/usage", () => HttpResponse.json({ from: "2026-01-01", to: "2026-01-14", items: [] })),
);

export function aServer(name: string, fields: Partial<Server> = {}): Server {
  return {
    name,
    display_name: "",
    ready: false,
    pending: null,
    stopped: true,
    started: null,
    last_activity: null,
    url: `/user/alice/${name && `${name}/`}`,
    failure: null,
    queue_place: null,
    phase: "stopped",
    ...fields,
  };
}

export const ready: Partial<Server> = { ready: true, stopped: false, phase: "ready", started: "2026-01-02T03:04:05Z" };
export const starting: Partial<Server> = { pending: "spawn", stopped: false, phase: "starting" };

/** What reached the hub, one line each: "POST /hub/api/users/alice/server". */
export type Log = string[];

/** Lets alice have these servers. Stopping changes them as asked, at once. */
export function alice(...list: Server[]): { servers: Map<string, Server>; log: Log } {
  const servers = new Map(list.map((s) => [s.name, s]));
  const log: Log = [];
  const change = (name: string, fields: Partial<Server>) =>
    servers.set(name, { ...aServer(name), ...servers.get(name), ...fields });
  const stop = http.delete("/hub/api/users/alice/*", async ({ request }) => {
    const body = await request.text();
    log.push(line(request) + (body && ` ${body}`));
    const name = serverOf(request);
    if (body) servers.delete(name);
    else change(name, { pending: null, ready: false, stopped: true, phase: "stopped" });
    return new HttpResponse(null, { status: 204 });
  });
  const get = http.get("/hub/api/users/alice", ({ request }) => {
    if (request.headers.get("X-XSRFToken") !== "a/token") {
      return HttpResponse.json({ status: 403, message: "'_xsrf' argument missing from GET" }, { status: 403 });
    }
    return HttpResponse.json({ name: "alice", servers: Object.fromEntries(servers) });
  });
  hub.use(get, stop);
  return { servers, log };
}

function line(request: Request): string {
  return `${request.method} ${new URL(request.url).pathname}`;
}

function serverOf(request: Request): string {
  return decodeURIComponent(/\/servers\/([^/]+)$/.exec(new URL(request.url).pathname)?.[1] ?? "");
}
