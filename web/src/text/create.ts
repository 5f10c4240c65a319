import { create as de } from "./de/create";
import { create as en } from "./en/create";
import { area } from "./text";

/** What the dialog that makes people says. */
export const createText = area({ en, de });
