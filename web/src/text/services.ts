import { services as de } from "./de/services";
import { services as en } from "./en/services";
import { area } from "./text";

/** What the panel's page of services and tokens says. */
export const servicesText = area({ en, de });
