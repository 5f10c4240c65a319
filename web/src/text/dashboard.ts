import { dashboard as de } from "./de/dashboard";
import { dashboard as en } from "./en/dashboard";
import { area } from "./text";

/** What the panel's dashboard says. */
export const dashboardText = area({ en, de });
