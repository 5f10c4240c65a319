import { sharing as de } from "./de/sharing";
import { sharing as en } from "./en/sharing";
import { area } from "./text";

/** What is said about sharing servers. */
export const sharingText = area({ en, de });
