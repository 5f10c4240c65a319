import type { Announcement, AnnouncementChange } from "../../api/announcements";
import { groupsWith, mayAll } from "../../scopes";
import { fieldTime } from "../../time";

/** How many characters an announcement may have, as the hub has it. */
const longest = 2000;

export type Level = Announcement["level"];

/** An announcement as the form has it: times as its fields write them, in the person's zone. */
export interface Draft {
  level: Level;
  text: string;
  toGroup: boolean;
  group: string;
  from: string;
  until: string;
}

/** What the form begins with. */
export function draftOf(one: Announcement | undefined): Draft {
  return {
    level: one?.level ?? "info",
    text: one?.text ?? "",
    toGroup: Boolean(one?.group),
    group: one?.group ?? "",
    from: one ? fieldTime(new Date(one.from)) : "",
    until: one?.until ? fieldTime(new Date(one.until)) : "",
  };
}

/** What the form of a new one begins with: for everybody, or else for a group of those to whom one may announce something. */
export function firstDraft(held: readonly string[]): Draft {
  const group = mayAll(held, "announcements") ? undefined : groupsWith(held, "announcements")[0];
  return { ...draftOf(undefined), toGroup: group !== undefined, group: group ?? "" };
}

/** What is wrong with it: the names of the fields. */
export function faults(draft: Draft): Set<keyof Draft> {
  const wrong = new Set<keyof Draft>();
  if (draft.text.trim() === "" || left(draft.text) < 0) wrong.add("text");
  if (draft.toGroup && draft.group.trim() === "") wrong.add("group");
  const begins = draft.from ? new Date(draft.from) : new Date();
  if (draft.until && new Date(draft.until) <= begins) wrong.add("until");
  return wrong;
}

/** How many characters more there is room for. */
export const left = (text: string) => longest - Array.from(text).length;

/** What is to be sent: of one that is edited what is another now. */
export function changeOf(draft: Draft, before: Announcement | undefined): AnnouncementChange {
  const first = draftOf(before);
  const change: AnnouncementChange = {};
  const differs = (field: keyof Draft) => !before || draft[field] !== first[field];
  if (differs("level")) change.level = draft.level;
  if (differs("text")) change.text = draft.text;
  if (differs("group") || differs("toGroup")) change.group = draft.toGroup ? draft.group.trim() : null;
  if (differs("from")) change.from = timeOf(draft.from);
  if (differs("until")) change.until = timeOf(draft.until);
  return change;
}

const timeOf = (local: string) => (local ? new Date(local).toISOString() : null);

/** Whether it is shown now, later, or no more. */
export function stateOf(one: Announcement, now: number): "now" | "later" | "over" {
  if (new Date(one.from).getTime() > now) return "later";
  return one.until && new Date(one.until).getTime() <= now ? "over" : "now";
}
