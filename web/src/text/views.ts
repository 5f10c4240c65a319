import { views as de } from "./de/views";
import { views as en } from "./en/views";
import { area } from "./text";

/** What is said of saved views, and of addresses that mean nothing any more. */
export const viewsText = area({ en, de });
