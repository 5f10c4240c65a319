import { count, exactly, people } from "./numbers";

// The panel's page of the rules by which people get credits.

export const quotarules = {
  title: "Quota rules",
  about:
    "At these times people get credits by themselves. The rules are in the hub's configuration, under quota.refresh.",
  empty:
    "Here are the rules by which people get credits at times. There is none: they are made in the hub's configuration, under quota.refresh.",
  exactly,
  failed: "The rules can't be shown.",
  column: { name: "Rule", does: "What it does", whom: "For whom", when: "When", next: "Next", last: "Last" },
  adds: (n: number) => (n < 0 ? `takes ${count(-n)} away` : `adds ${count(n)}`),
  returns: "gives back what was used",
  within: (n: number) => `in the course of ${count(n)} hours`,
  after: (n: number) => `${count(n)} hours after it`,
  sets: (n: number) => `sets to ${count(n)}`,
  most: (n: number) => `up to ${count(n)}`,
  least: (n: number) => `not below ${count(n)}`,
  whom: {
    everybody: "everybody",
    groups: (names: string) => `members of ${names}`,
    users: (names: string) => `only ${names}`,
    except: (names: string) => `not ${names}`,
    pattern: (pattern: string) => `whose names begin with ${pattern}`,
    below: (n: number) => `who has less than ${count(n)}`,
    above: (n: number) => `who has more than ${count(n)}`,
    unlimited: "also who is unlimited",
  },
  never: "never again",
  notYet: "not yet",
  did: (n: number) => `changed ${people(n)}`,
  look: "What would it do?",
  lookFor: (name: string) => `What would it do? ${name}`,
  lookAt: (name: string) => `What would ${name} do now?`,
  would: (n: number, change: string, same: number) =>
    `It would change ${people(n)}, by ${exactly(change)} credits in all.${same > 0 ? ` ${people(same)} would stay as they are.` : ""}`,
  nobody: "It would change nobody just now.",
  loading: "Looking what it would do…",
  notForeseen: "What it would do can't be told.",
  changes: "Whom it would change",
  changeColumn: { name: "Username", before: "Now", after: "Then" },
  first: (shown: number, all: number) => `The first ${count(shown)} of ${count(all)}.`,
  doNow: "Do it now",
  stays: "When it is done now, it still comes at its own times as well.",
  notDone: "It could not be done.",
  done: (n: number, change: string) => `Done: it changed ${people(n)}, by ${exactly(change)} credits in all.`,
};

export type QuotaRules = typeof quotarules;
