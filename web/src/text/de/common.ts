import type { Common } from "../en/common";
import { count, people } from "./numbers";

export const common: Common = {
  count,
  people,
  cancel: "Abbrechen",
  close: "Schließen",
  copy: "Kopieren",
  copied: "Kopiert",
  again: "Noch einmal versuchen",
  skip: "Zum Inhalt springen",
  main: "Hauptmenü",
  help: "Hilfe",
  home: "Startseite",
  menu: { account: "Konto", tokens: "Zugangstokens", logOut: "Abmelden" },
  nav: {
    label: "Verwaltung",
    admin: "Verwaltung",
    users: "Personen",
    groups: "Gruppen",
    dashboard: "Übersicht",
    roles: "Rollen",
    announcements: "Ankündigungen",
    services: "Dienste",
    audit: "Protokoll",
  },
};
