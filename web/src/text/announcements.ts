import { announcements as de } from "./de/announcements";
import { announcements as en } from "./en/announcements";
import { area } from "./text";

/** What announcements, and the panel's page of them, say. */
export const announcementsText = area({ en, de });
