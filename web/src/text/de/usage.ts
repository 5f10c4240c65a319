import type { Usage } from "../en/usage";

export const usage: Usage = {
  title: "Nutzung",
  lately: (hours: string, days: number) => `In den letzten ${days} Tagen liefen Ihre Server ${hours}.`,
  byDay: "Nach Tag, von UTC",
  day: "Tag",
  ran: "Lief",
  hours: (n: string) => `${n} h`,
  minutes: (n: number) => `${n} min`,
};
