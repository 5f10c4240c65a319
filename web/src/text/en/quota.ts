import { count, exactly } from "./numbers";

// What people may spend, wherever pages tell of it.

export const quota = {
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
