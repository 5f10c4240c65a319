import { idle as de } from "./de/idle";
import { idle as en } from "./en/idle";
import { area } from "./text";

/** What is said of a running server that will be stopped by itself. */
export const idleText = area({ en, de });
