import { home as de } from "./de/home";
import { home as en } from "./en/home";
import { area } from "./text";

/** What a person's own page says. */
export const homeText = area({ en, de });
