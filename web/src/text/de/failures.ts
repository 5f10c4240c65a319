import type { Failures } from "../en/failures";

export const failures: Failures = {
  unexpected: "Etwas Unerwartetes ist geschehen. Laden Sie die Seite noch einmal.",
  session:
    "Ihre Sitzung ist beendet. Melden Sie sich in einem neuen Tab wieder an, und machen Sie hier weiter: was Sie eingegeben haben, bleibt.",
  stale: "Diese Seite ist veraltet. Laden Sie sie noch einmal, um weiterzumachen.",
  network: "Der Hub hat nicht geantwortet. Prüfen Sie Ihre Verbindung, und versuchen Sie es noch einmal.",
  forbidden: "Das dürfen Sie nicht. Wenn Sie es sollten, fragen Sie die Verwaltung dieses Hubs.",
  gone: "Es ist nicht mehr da. Laden Sie die Seite noch einmal, um zu sehen, was es gibt.",
  conflict:
    "Jemand anderes hat es zur gleichen Zeit geändert. Laden Sie die Seite noch einmal, um zu sehen, wie es jetzt ist.",
  large: "Das ist mehr, als der Hub auf einmal annimmt. Senden Sie weniger.",
  often: (retry) => `Das war zu viel in kurzer Zeit. ${retry}`,
  away: (retry) => `Der Hub ist gerade nicht verfügbar. ${retry}`,
  full: "Die Platte des Hubs ist voll. Sagen Sie es der Verwaltung dieses Hubs.",
  hub: "Auf dem Hub ist etwas schiefgegangen. Versuchen Sie es gleich noch einmal; wenn es so bleibt, sagen Sie es der Verwaltung dieses Hubs.",
  refused:
    "So, wie es gerade steht, kann der Hub das nicht. Laden Sie die Seite noch einmal, um zu sehen, wie es jetzt ist.",
  retryIn: (time) => `Versuchen Sie es in ${time} noch einmal.`,
  retrySoon: "Versuchen Sie es gleich noch einmal.",
  logIn: "Anmelden",
  reload: "Die Seite noch einmal laden",
  request: "Anfrage",
};
