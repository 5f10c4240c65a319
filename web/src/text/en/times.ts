// How long ago, how far ahead and how long, in English. The hub's other pages have the same.

const counted = (n: number, unit: string) => `${n} ${unit}${n === 1 ? "" : "s"}`;

export const times = {
  now: "now",
  past: (amount: string) => `${amount} ago`,
  ahead: (amount: string) => `in ${amount}`,
  minutes: (n: number) => `${n} min`,
  hours: (n: number) => `${n} h`,
  days: (n: number) => `${n} days`,
  yesterday: "yesterday",
  tomorrow: "tomorrow",
  /** Months from 0, as Date has them. */
  date: (day: number, month: number, year: number) =>
    `${day} ${["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month]} ${year}`,
  span: {
    seconds: (n: number) => counted(n, "second"),
    minutes: (n: number) => counted(n, "minute"),
    hours: (n: number) => counted(n, "hour"),
  },
};

export type Times = typeof times;
