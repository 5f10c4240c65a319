import type { Batch } from "../en/batch";
import { count, people, servers } from "./numbers";

const ends =
  "Notebooks und Terminals darin enden und verlieren, was nicht gespeichert ist. Gespeicherte Dateien bleiben.";

export const batch: Batch = {
  selection: {
    label: "Auswahl",
    count: (n) => `${count(n)} ausgewählt`,
    matched: (n, search) =>
      search
        ? `${count(n)} ausgewählt, passend zu „${search}“`
        : `${count(n)} ausgewählt, bevor die Suche geändert wurde`,
    all: (n) => `Alle ${count(n)} passenden auswählen`,
    unsaid: "Zu viele für die Adresse der Seite: Wer sie öffnet oder neu lädt, hat niemanden ausgewählt.",
    clear: "Auswahl aufheben",
    more: "Mehr",
  },
  act: {
    start: {
      button: "Alle ausgewählten starten",
      question: (n) => `Die Server von ${people(n)} starten?`,
      warning: "Was läuft, läuft weiter. Die anderen warten, bis sie an der Reihe sind, und starten nacheinander.",
      go: (n) => `${servers(n)} starten`,
      doing: "Server starten",
    },
    stop: {
      button: "Alle ausgewählten anhalten",
      question: (n) => `Die Server von ${people(n)} anhalten?`,
      warning: ends,
      go: (n) => `${servers(n)} anhalten`,
      doing: "Server werden angehalten",
    },
    quota: {
      button: "Kontingent setzen",
      question: (n) => `Das Kontingent von ${people(n)} ändern?`,
      warning: "Laufenden Servern wird abgezogen, was sie bis jetzt verbraucht haben, und sie laufen weiter.",
      go: (n) => (n === 1 ? "1 Kontingent ändern" : `${count(n)} Kontingente ändern`),
      doing: "Kontingente werden geändert",
    },
    passwords: {
      button: "Passwörter setzen",
      question: (n) => `${people(n)} je ein neues Passwort geben?`,
      warning:
        "Dieser Browser macht für jeden ein zufälliges und zeigt sie, wenn sie gesetzt sind. Die Sitzungen enden.",
      go: (n) => (n === 1 ? "1 Passwort setzen" : `${count(n)} Passwörter setzen`),
      doing: "Passwörter werden gesetzt",
    },
    force: {
      button: "Passwortwechsel verlangen",
      question: (n) => `Von ${people(n)} ein neues Passwort verlangen?`,
      warning: "Die Sitzungen enden, und bei der nächsten Anmeldung wählen sie ein neues. Wer keines hat, bleibt so.",
      go: (n) => `Von ${people(n)} verlangen`,
      doing: "Neue Passwörter werden verlangt",
    },
    join: {
      button: "Zu einer Gruppe hinzufügen",
      question: (n) => `${people(n)} zu einer Gruppe hinzufügen?`,
      warning: "Sie bekommen, was die Gruppe gibt. Die Gruppe muss es geben.",
      go: (n) => `${people(n)} hinzufügen`,
      doing: "In die Gruppe aufnehmen",
    },
    leave: {
      button: "Aus einer Gruppe nehmen",
      question: (n) => `${people(n)} aus einer Gruppe nehmen?`,
      warning: "Sie verlieren, was die Gruppe gibt. Die Personen bleiben.",
      go: (n) => `${people(n)} herausnehmen`,
      doing: "Aus der Gruppe nehmen",
    },
    restore: {
      button: "Wieder einlassen",
      question: (n) => `${people(n)} wieder einlassen?`,
      warning: "Wer gesperrt ist, kann sich wieder anmelden. Frühere Tokens kommen nicht zurück.",
      go: (n) => `${people(n)} einlassen`,
      doing: "Personen werden wieder eingelassen",
    },
    suspend: {
      button: "Sperren",
      question: (n) => `${people(n)} sperren?`,
      warning:
        "Sie kommen auf keinem Weg hinein, bis sie wieder eingelassen werden. Sitzungen, Tokens und Server enden; Dateien bleiben.",
      go: (n) => `${people(n)} sperren`,
      doing: "Personen werden gesperrt",
    },
    delete: {
      button: "Löschen",
      question: (n) => `${people(n)} löschen?`,
      warning:
        "Passwörter, Sitzungen, Tokens und Server gehen mit, für immer. Die Ordner mit den Dateien bleiben. Wessen Server läuft, geht, wenn er angehalten hat.",
      go: (n) => `${people(n)} löschen`,
      doing: "Personen werden gelöscht",
    },
  },
  group: "Gruppe",
  quota: {
    what: "Was jede Person bekommt",
    action: {
      set: "So viel: auf den Betrag setzen",
      add: "So viel mehr: den Betrag hinzufügen",
      set_unlimited: "Unbegrenzt",
    },
    amount: "Credits",
    hint: {
      set: (most) => `Eine ganze Zahl von 0 bis ${count(most)}.`,
      add: (most) => `Eine ganze Zahl bis ${count(most)}; mit einem Minus wird abgezogen.`,
    },
  },
  check: "Zeigen, wen es ändert",
  keep: "So lassen",
  mustChange: "Passwortwechsel bei der nächsten Anmeldung verlangen",
  type: (n) => `${count(n)} eintippen, um sie zu löschen`,
  tooMany: (most) =>
    `Passwörter lassen sich für ${count(most)} Personen auf einmal machen. Enger suchen, oder „Passwortwechsel verlangen“.`,
  notForeseen: "Was das täte, lässt sich nicht sagen.",
  failed: "Das ließ sich nicht beginnen.",
  outlook: {
    loading: "Es wird nachgesehen, wen das ändert …",
    will: (n, same) =>
      `Das ändert ${count(n)}${same > 0 ? `; bei ${count(same)} ist es schon so, und bleibt es` : ""}.`,
    failures: (n) => `${people(n)} bleiben aus:`,
    remarks: (n) => `Zuerst ansehen, ${people(n)}:`,
    gone: "gibt es nicht mehr.",
  },
  progress: (done, total) => `${count(done)} von ${count(total)} fertig`,
  closed: "Es geht weiter, auch wenn dies geschlossen wird.",
  finished: "Fertig",
  failures: (n) => `Bei ${people(n)} ging es nicht:`,
  retry: "Diese noch einmal versuchen",
  lost: "Wie weit es ist, lässt sich gerade nicht sagen. Es geht weiter.",
  callOff: "Abbrechen",
  callingOff: "Wird abgebrochen …",
  notCalledOff: "Das ließ sich nicht abbrechen.",
  jobs: {
    title: "Aufträge",
    none: "Am letzten Tag hatten Sie keinen Auftrag.",
    failed: "Die Aufträge lassen sich nicht zeigen.",
    running: "läuft",
    done: "fertig",
    change: "Konten werden geändert",
    people: "Personen werden angelegt oder geändert",
  },
};
