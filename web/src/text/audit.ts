import { audit as de } from "./de/audit";
import { audit as en } from "./en/audit";
import { area } from "./text";

/** What the panel's page of the audit log says. */
export const auditText = area({ en, de });
