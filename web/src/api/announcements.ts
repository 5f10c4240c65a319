import type { Api } from "./client";
import type { Announcement, AnnouncementChange } from "./schema.gen";

/** What people are told, for those who may change it. */
export type { Announcement, AnnouncementChange };

/** Those that one may change, the newest first, also those that are not shown now. */
export async function listAnnouncements(api: Api, signal: AbortSignal): Promise<Announcement[]> {
  const answer = await api.call<{ items: Announcement[] }>("GET", "announcements", { signal });
  return answer.items;
}

/** Makes one, or changes the one with the id. */
export function saveAnnouncement(api: Api, id: number | undefined, change: AnnouncementChange): Promise<Announcement> {
  if (id === undefined) return api.call("POST", "announcements", { body: change });
  return api.call("PATCH", `announcements/${id}`, { body: change });
}

export function deleteAnnouncement(api: Api, id: number): Promise<void> {
  return api.call("DELETE", `announcements/${id}`);
}
