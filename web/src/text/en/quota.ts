import { count, exactly } from "./numbers";

// What people may spend, wherever pages tell of it.

/** The same with its sign. */
const signed = (exact: string) => (exact.startsWith("-") ? `−${exactly(exact.slice(1))}` : `+${exactly(exact)}`);

/** What entries are about, by the names that the hub has for them. */
const of: Record<string, string> = {
  initial_grant: "What everybody begins with",
  set: "Set to an amount",
  add: "Added",
  deduct: "Taken away",
  usage: "Used by servers",
  set_unlimited: "Made unlimited",
  unset_unlimited: "Unlimited no more",
  returned: "Came back at the end of its window",
  correction: "Taken back",
  auto_refresh: "Given by a rule",
  running: "Used by servers that run now",
  held: "Held for servers that run now",
};

export const quota = {
  title: "Quota",
  defaultServer: "Default server",
  exactly,
  signed,
  rate: (n: number) => (n === 1 ? "1 credit a minute" : `${count(n)} credits a minute`),
  left: {
    balance: (n: number) => (n === 1 ? "1 credit left" : `${count(n)} credits left`),
    unlimited: "Unlimited",
    held: (n: number, free: number) =>
      `${count(n)} of them are held for servers that run, so that another can have ${count(free)}. What is not used is free again when they stop.`,
    lasts: (time: string) => `As it is being used now, it lasts until ${time}.`,
    little: (least: number) =>
      `That is not enough for a start, which takes ${count(least)}. Ask whoever runs this hub for more.`,
    statement: "How it came to that",
  },
  running: {
    title: "Running now",
    spent: (exact: string, time: string) => `${exactly(exact)} for ${time} so far`,
    notYet: "nothing so far",
    held: (exact: string) => `${exactly(exact)} held`,
  },
  why: { title: "How it adds up", of, times: (n: number) => `(${count(n)} times)`, sum: "Free for another server" },
  statement: {
    title: "Entries",
    failed: "The quota can't be shown.",
    empty: "Nothing was used or given yet.",
    column: { at: "When", what: "What", amount: "Credits", after: "Balance" },
    ran: (server: string, time: string, rate: string) => `${server} ran for ${time}, at ${rate}`,
    by: (who: string) => `by ${who}`,
    newest: "Newest",
    older: "Older",
  },
  unlimited: "unlimited",
  credits: (exact: string) => (exact === "1" ? "1 credit" : `${exactly(exact)} credits`),
  available: (n: number) => `${count(n)} of them held by no server`,
  little: (least: number) => `not enough for a start, which takes ${count(least)}`,
  kept: (exact: string) => `Nothing is charged. ${exactly(exact)} credits are kept for when there is a limit again.`,
  cell: {
    edit: (name: string, has: string, exact: string) => `Change the quota of ${name}: ${has} (${exact})`,
    field: (name: string) => `Quota of ${name}`,
    save: "Save the quota",
    wrong: (most: number) => `A whole number from 0 to ${count(most)}, or “unlimited”.`,
    failed: "Not saved.",
  },
};

export type Quota = typeof quota;
