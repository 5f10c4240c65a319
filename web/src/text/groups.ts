import { groups as de } from "./de/groups";
import { groups as en } from "./en/groups";
import { area } from "./text";

/** What the panel's page of groups says. */
export const groupsText = area({ en, de });
