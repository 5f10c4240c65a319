import { batch as de } from "./de/batch";
import { batch as en } from "./en/batch";
import { area } from "./text";

/** What is said of work on many people. */
export const batchText = area({ en, de });
