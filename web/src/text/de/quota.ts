import type { Quota } from "../en/quota";
import { count, exactly } from "./numbers";

const signed = (exact: string) => (exact.startsWith("-") ? `−${exactly(exact.slice(1))}` : `+${exactly(exact)}`);

const of: Record<string, string> = {
  initial_grant: "Womit alle beginnen",
  set: "Auf einen Betrag gesetzt",
  add: "Hinzugefügt",
  deduct: "Abgezogen",
  usage: "Von Servern verbraucht",
  set_unlimited: "Unbegrenzt gemacht",
  unset_unlimited: "Nicht mehr unbegrenzt",
  returned: "Zurück, da vor langem verbraucht",
  correction: "Zurückgenommen",
  auto_refresh: "Durch eine Regel",
  running: "Von Servern verbraucht, die jetzt laufen",
  held: "Vorgemerkt für Server, die jetzt laufen",
};

export const quota: Quota = {
  title: "Kontingent",
  defaultServer: "Standardserver",
  exactly,
  signed,
  rate: (n) => (n === 1 ? "1 Credit je Minute" : `${count(n)} Credits je Minute`),
  left: {
    balance: (n) => (n === 1 ? "Noch 1 Credit" : `Noch ${count(n)} Credits`),
    unlimited: "Unbegrenzt",
    held: (n, free) =>
      `${count(n)} davon sind für laufende Server vorgemerkt, für einen weiteren sind ${count(free)} frei. Was sie nicht brauchen, ist wieder frei, wenn sie enden.`,
    lasts: (time) => `So wie es jetzt verbraucht wird, reicht es bis ${time}.`,
    little: (least) =>
      `Das ist zu wenig für einen Start, der ${count(least)} braucht. Fragen Sie, wer diesen Hub betreibt, nach mehr.`,
    statement: "Wie es dazu kam",
  },
  running: {
    title: "Läuft jetzt",
    spent: (exact, time) => `bisher ${exactly(exact)} für ${time}`,
    notYet: "bisher nichts",
    held: (exact) => `${exactly(exact)} vorgemerkt`,
  },
  why: {
    title: "Wie es sich zusammensetzt",
    of,
    times: (n) => `(${count(n)}-mal)`,
    sum: "Für einen weiteren Server frei",
  },
  statement: {
    title: "Einträge",
    failed: "Das Kontingent lässt sich nicht zeigen.",
    empty: "Es wurde noch nichts verbraucht oder gegeben.",
    column: { at: "Wann", what: "Was", amount: "Credits", after: "Stand" },
    ran: (server, time, rate) => `${server} lief ${time}, zu ${rate}`,
    by: (who) => `durch ${who}`,
    newest: "Neueste",
    older: "Ältere",
  },
  unlimited: "unbegrenzt",
  credits: (exact) => (exact === "1" ? "1 Credit" : `${exactly(exact)} Credits`),
  available: (n) => `${count(n)} davon für keinen Server vorgemerkt`,
  little: (least) => `zu wenig für einen Start, der ${count(least)} braucht`,
  kept: (exact) =>
    `Nichts wird abgezogen. ${exactly(exact)} Credits bleiben für später, wenn es wieder eine Grenze gibt.`,
  cell: {
    edit: (name, has, exact) => `Kontingent von ${name} ändern: ${has} (${exact})`,
    field: (name) => `Kontingent von ${name}`,
    save: "Kontingent speichern",
    wrong: (most) => `Eine ganze Zahl von 0 bis ${count(most)}, oder „unbegrenzt“.`,
    failed: "Nicht gespeichert.",
  },
};
