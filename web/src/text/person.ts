import { person as de } from "./de/person";
import { users as usersDe } from "./de/users";
import { person as en } from "./en/person";
import { users as usersEn } from "./en/users";
import { area } from "./text";

/** What the details of a person say, beside what the page of people does. */
export const personText = area({ en: { ...usersEn, ...en }, de: { ...usersDe, ...de } });
