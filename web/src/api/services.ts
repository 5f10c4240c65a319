import type { Api } from "./client";
import type { GivenTokens, Service } from "./schema.gen";

/** A service, as those see it who may read it. */
export type { Service };

/** A token that somebody made. */
export type GivenToken = GivenTokens["items"][number];

/** All services that one may list, by name. */
export async function listServices(api: Api, signal: AbortSignal): Promise<Service[]> {
  const byName = await api.call<Record<string, Service>>("GET", "services", { signal });
  return Object.values(byName).sort((a, b) => a.name.localeCompare(b.name));
}

export function deleteService(api: Api, name: string): Promise<void> {
  return api.call("DELETE", `services/${encodeURIComponent(name)}`);
}

/** A page of the tokens that people made, newest first; query as GET /tokens takes it. */
export function listGivenTokens(api: Api, query: string, signal: AbortSignal): Promise<GivenTokens> {
  return api.call("GET", `tokens?${query}`, { signal });
}

export function revokeToken(api: Api, token: GivenToken): Promise<void> {
  return api.call("DELETE", `users/${encodeURIComponent(token.user)}/tokens/${token.id}`);
}
