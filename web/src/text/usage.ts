import { usage as de } from "./de/usage";
import { usage as en } from "./en/usage";
import { area } from "./text";

/** What the home page says of the person's own usage. */
export const usageText = area({ en, de });
