import type { Common } from "../en/common";
import { failures } from "./failures";
import { count, people } from "./numbers";
import { times } from "./times";

export const common: Common = {
  count,
  people,
  times,
  failures,
  cancel: "Abbrechen",
  close: "Schließen",
  copy: "Kopieren",
  copied: "Kopiert",
  again: "Noch einmal versuchen",
  loading: "Wird geladen…",
  skip: "Zum Inhalt springen",
  main: "Hauptmenü",
  more: "Weiteres",
  andMore: (n) => `und ${count(n)} weitere`,
  help: "Hilfe",
  home: "Startseite",
  menu: { account: "Konto", tokens: "Zugangstokens", logOut: "Abmelden" },
  notFound: {
    title: "Hier ist nichts",
    text: "Keine Seite hat diese Adresse, oder sie ist nicht für Sie. Prüfen Sie die Adresse, oder beginnen Sie auf der Startseite.",
  },
  broken: {
    title: "Diese Seite lässt sich nicht zeigen",
    text: "Etwas darin ist schiefgegangen, oder ein Teil davon wurde nicht geladen. Laden Sie sie noch einmal; wenn es so bleibt, sagen Sie es der Verwaltung dieses Hubs.",
  },
  announced: { label: "Mitteilungen", warning: "Bitte beachten", urgent: "Dringend" },
  nav: {
    label: "Verwaltung",
    admin: "Verwaltung",
    users: "Personen",
    groups: "Gruppen",
    dashboard: "Übersicht",
    roles: "Rollen",
    quota: "Kontingent",
    announcements: "Mitteilungen",
    services: "Dienste",
    audit: "Protokoll",
  },
};
