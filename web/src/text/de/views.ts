import type { Views } from "../en/views";
import { count } from "./numbers";

export const views: Views = {
  title: "Ansichten",
  list: "Ihre gespeicherten Ansichten",
  none: "Sie haben noch keine Ansicht gespeichert. Sie behält Suche, Filter und Reihenfolge unter einem Namen.",
  name: "Name der Ansicht",
  save: "Diese Ansicht speichern",
  replace: "Diese Ansicht ersetzen",
  saved: (name) => `„${name}“ ist gespeichert.`,
  remove: (name) => `Ansicht „${name}“ löschen`,
  removed: (name) => `„${name}“ ist gelöscht.`,
  undo: "Rückgängig",
  failedToLoad: "Ihre gespeicherten Ansichten lassen sich nicht zeigen.",
  failedToSave: "Die Ansicht konnte nicht gespeichert werden.",
  failedToDelete: "Die Ansicht konnte nicht gelöscht werden.",
  unknown: {
    title: "Nicht alles an dieser Adresse bedeutet hier etwas.",
    sort: (word) => `Es gibt keine Spalte „${word}“ zum Ordnen: Sie stehen nach ihren Namen.`,
    page: (word) => `„${word}“ ist keine Seite: Dies ist die erste.`,
    part: (word) => `„${word}“ wird nicht beachtet.`,
    kept: "Eine gespeicherte Ansicht bleibt, wie sie ist, bis Sie sie neu speichern.",
  },
  beyond: (page) => `Eine Seite ${count(page)} gibt es nicht mehr.`,
  toLast: "Letzte Seite zeigen",
};
