import { roles as de } from "./de/roles";
import { roles as en } from "./en/roles";
import { area } from "./text";

/** What the panel's page of roles says. */
export const rolesText = area({ en, de });
