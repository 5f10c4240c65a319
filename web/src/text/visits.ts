import { visits as de } from "./de/visits";
import { visits as en } from "./en/visits";
import { area } from "./text";

/** What is said of those who look into somebody else's server. */
export const visitsText = area({ en, de });
