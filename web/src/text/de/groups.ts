import type { Groups } from "../en/groups";
import { count, people, servers } from "./numbers";

const groupCount = (n: number) => (n === 1 ? "1 Gruppe" : `${count(n)} Gruppen`);

export const groups: Groups = {
  groups: {
    title: "Gruppen",
    table: "Gruppen",
    search: "Gruppen suchen",
    searchHint: "Teil eines Namens",
    clear: "Suche leeren",
    create: "Gruppe anlegen",
    column: { name: "Gruppe", members: "Mitglieder", source: "Art" },
    sortBy: (column) => `Nach ${column} ordnen`,
    details: (name) => `Mehr über ${name}`,
    source: { hub: "Hier angelegt", config: "Aus der Konfiguration" },
    shown: groupCount,
    empty: "Eine Gruppe ist eine Menge von Personen: ein Kurs, ein Team. Noch gibt es keine.",
    noMatch: "Auf diese Suche passt keine Gruppe.",
    widen: "Alle Gruppen zeigen",
    failed: "Die Liste der Gruppen kann nicht gezeigt werden.",
    perPage: "Gruppen auf einer Seite",
  },

  create: {
    title: "Gruppe anlegen",
    name: "Name der Gruppe",
    hint: "So, wie er gelesen wird. Er lässt sich später ändern.",
    act: "Anlegen",
    failed: "Die Gruppe konnte nicht angelegt werden.",
  },

  group: {
    failed: (name) => `${name} kann nicht gezeigt werden.`,
    locked: "Gesperrt",
    why: {
      name: "Die Konfiguration des Hubs legt diese Gruppe bei jedem Start an. Umbenennen oder löschen lässt sie sich nur dort.",
      properties: "Die Konfiguration des Hubs setzt sie bei jedem Start. Ändern lassen sie sich nur dort.",
    },
    roles: "Rollen",
    noRoles: "keine",
    rename: "Umbenennen",
    remove: "Löschen",
    renameTitle: (name) => `${name} umbenennen`,
    newName: "Neuer Name",
    renameHint: "Mitglieder, Rollen, Eigenschaften und Freigaben behält sie.",
    renameFailed: (name) => `${name} konnte nicht umbenannt werden.`,
    removeTitle: (name) => `Die Gruppe ${name} löschen?`,
    removePeople: (n) =>
      n === 1
        ? "1 Person ist darin: Sie bleibt, und ist nicht mehr darin."
        : `${people(n)} sind darin: Sie bleiben, und sind nicht mehr darin.`,
    removeNobody: "Niemand ist darin.",
    removeRoles: (roles) => `Sie verlieren, was die Gruppe ihnen gab: ${roles}.`,
    removeShared: (n) => `${servers(n)}, mit der Gruppe geteilt, können sie nicht mehr öffnen.`,
    removeUndone: "Ihre Eigenschaften und die Mitteilungen an sie gehen mit ihr. Das lässt sich nicht zurücknehmen.",
    keep: "Behalten",
    removeFailed: (name) => `${name} konnte nicht gelöscht werden.`,
  },

  members: {
    title: "Mitglieder",
    search: "Mitglieder suchen",
    hidden: "Sie dürfen die Gruppe sehen, aber nicht, wer darin ist.",
    failed: "Wer darin ist, kann nicht gezeigt werden.",
    empty: "Noch ist niemand darin.",
    noMatch: "Kein Mitglied passt dazu.",
    onUsersPage: "Auf der Seite der Personen zeigen",
    remove: "Entfernen",
    removeOne: (name, group) => `${name} aus ${group} entfernen`,
    removed: (name) => `${name} ist nicht mehr darin.`,
    undo: "Wieder aufnehmen",
    removeFailed: (name) => `${name} konnte nicht entfernt werden.`,
    range: (from, to, total) => `${count(from)}–${count(to)} von ${count(total)}`,
    previous: "Vorige Mitglieder",
    next: "Nächste Mitglieder",
  },

  add: {
    open: "Personen aufnehmen",
    title: (group) => `Personen in ${group} aufnehmen`,
    find: "Personen nach Namen finden",
    findHint: "Zwei Buchstaben genügen.",
    nobody: "Niemand ist gefunden.",
    isIn: "ist darin",
    names: "Benutzernamen",
    namesHint: "Einer je Zeile. Auch eine Tabelle aus einem Tabellenprogramm lässt sich einfügen.",
    pick: "Datei lesen",
    tooLarge:
      "Die Datei ist größer als 5 MiB. Kopieren Sie die Tabelle allein in eine neue Datei, oder teilen Sie sie.",
    read: (n, file) => `${people(n)} aus ${file} gelesen.`,
    table: "der Tabelle",
    unread: (n) =>
      n === 1 ? "1 Zeile konnte nicht gelesen werden:" : `${count(n)} Zeilen konnten nicht gelesen werden:`,
    line: (n) => `Zeile ${count(n)}:`,
    fileFailed: "Die Datei konnte nicht gelesen werden.",
    tooMany: (most) => `Das sind mehr als ${count(most)} Namen. Tun Sie es in Teilen.`,
    act: (n) => (n === 0 ? "Aufnehmen" : `${people(n)} aufnehmen`),
    failed: "Sie konnten nicht aufgenommen werden.",
    done: (n, group) => `${people(n)} in ${group} aufgenommen.`,
    already: (n) => (n === 1 ? "1 war schon darin." : `${count(n)} waren schon darin.`),
    leftOut: (n) => (n === 1 ? "1 Person wurde nicht aufgenommen:" : `${people(n)} wurden nicht aufgenommen:`),
    unknown: "Niemand heißt so.",
  },

  properties: {
    title: "Eigenschaften",
    about: "Notizen für Programme, die der Hub mit der Gruppe aufbewahrt und die für ihn nichts bedeuten.",
    none: "keine",
    edit: "Eigenschaften ändern",
    key: "Schlüssel",
    value: "Wert",
    hint: 'Werte sind Text. Zahlen, true und false bleiben, was sie sind, auch JSON in Klammern; "12" in Anführungszeichen ist Text.',
    more: "Zeile anfügen",
    drop: (key) => `${key || "Diese Zeile"} entfernen`,
    save: "Änderungen sichern",
    failed: "Die Eigenschaften konnten nicht gesichert werden.",
    fault: { empty: "Ein Schlüssel fehlt.", twice: "Diesen Schlüssel gibt es zweimal." },
  },
};
