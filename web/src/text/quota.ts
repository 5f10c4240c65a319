import { quota as de } from "./de/quota";
import { quota as en } from "./en/quota";
import { area } from "./text";

/** What is said of what people may spend. */
export const quotaText = area({ en, de });
