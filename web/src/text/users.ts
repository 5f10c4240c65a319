import { users as de } from "./de/users";
import { users as en } from "./en/users";
import { area } from "./text";

/** What the panel's page of people says. */
export const usersText = area({ en, de });
