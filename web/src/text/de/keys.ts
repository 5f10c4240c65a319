import type { Keys } from "../en/keys";

export const keys: Keys = {
  title: "Tasten",
  search: "Suchen",
  next: "Nächste Zeile",
  previous: "Vorige Zeile",
  select: "Zeile auswählen oder nicht",
  edit: "Zeile bearbeiten",
  create: "Anlegen",
  help: "Diese Tasten zeigen",
  tab: "Nichts braucht sie: Tab führt überallhin, und Escape schließt, was offen ist.",
};
