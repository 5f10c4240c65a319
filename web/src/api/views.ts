import type { Api } from "./client";
import type { SavedView } from "./schema.gen";

export type { SavedView };

const path = (name: string) => `user/views/${encodeURIComponent(name)}`;

/** The viewer's saved views of the list of people, by name. */
export async function listViews(api: Api, signal: AbortSignal): Promise<SavedView[]> {
  return (await api.call<{ views: SavedView[] }>("GET", "user/views", { signal })).views;
}

/** Keeps a view, in the place of another of that name. */
export function saveView(api: Api, name: string, query: string): Promise<SavedView> {
  return api.call("PUT", path(name), { body: { query } });
}

export function deleteView(api: Api, name: string): Promise<void> {
  return api.call("DELETE", path(name));
}
