import { quotarules as de } from "./de/quotarules";
import { quotarules as en } from "./en/quotarules";
import { area } from "./text";

/** What the panel says of the rules by which people get credits. */
export const rulesText = area({ en, de });
