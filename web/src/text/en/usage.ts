// The person's own usage, on the home page.

export const usage = {
  title: "Usage",
  lately: (hours: string, days: number) => `Your servers ran ${hours} within the last ${days} days.`,
  byDay: "By day, of UTC",
  day: "Day",
  ran: "Ran for",
  hours: (n: string) => `${n} h`,
  minutes: (n: number) => `${n} min`,
};

/** What each language has. */
export type Usage = typeof usage;
