import { keys as de } from "./de/keys";
import { keys as en } from "./en/keys";
import { area } from "./text";

export const keysText = area({ en: { keys: en }, de: { keys: de } });
