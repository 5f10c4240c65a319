import { count } from "./numbers";

// What people are told on their pages, and the panel's page of it.

export const announcements = {
  title: "Announcements",
  about: "What people are told on the login page, on their home page and while a server starts.",
  create: "New announcement",
  edit: "Edit",
  editOf: (text: string) => `Edit: ${text}`,
  remove: "Delete",
  removeOf: (text: string) => `Delete: ${text}`,
  createTitle: "New announcement",
  editTitle: "Edit announcement",
  empty: "Nothing is announced.",
  emptyHint: "Tell people of an outage, an exam, or where to find help.",
  failed: "The announcements can't be shown.",
  saveFailed: "It was not saved.",
  removeFailed: "It was not deleted.",
  level: "Level",
  levels: { info: "Information", warning: "Warning", urgent: "Urgent" },
  text: "Message",
  textHint: (left: number) =>
    `An empty line begins a paragraph, addresses become links. ${count(left)} characters left.`,
  textNeeded: "Say what people are to know.",
  to: "To",
  everybody: "Everybody, also before they log in",
  group: "Members of a group",
  groupName: "Group",
  groupNeeded: "Say which group.",
  from: "From",
  fromHint: "Empty: at once.",
  until: "Until",
  untilHint: "Empty: until it is deleted.",
  untilLate: "The end must be later than the beginning.",
  preview: "How it looks",
  save: "Announce",
  saveEdit: "Save Changes",
  states: { now: "Shown now", later: "Later", over: "Over" },
  toEverybody: "Everybody",
  toGroup: (group: string) => `Group ${group}`,
  span: (from: string, until: string) => (until ? `${from} to ${until}` : `since ${from}`),
  future: (from: string, until: string) => (until ? `${from} to ${until}` : `from ${from}`),
  by: (author: string) => `by ${author}`,
  ask: "Delete this announcement?",
  keep: "Keep it",
  saved: "Saved.",
  removed: "Deleted.",
};

/** What each language has. */
export type Announcements = typeof announcements;
