import type { Times } from "../en/times";

const counted = (n: number, one: string, more: string) => `${n} ${n === 1 ? one : more}`;

export const times: Times = {
  now: "jetzt",
  past: (amount) => `vor ${amount}`,
  ahead: (amount) => `in ${amount}`,
  minutes: (n) => `${n} Min.`,
  hours: (n) => `${n} Std.`,
  days: (n) => `${n} Tagen`,
  yesterday: "gestern",
  tomorrow: "morgen",
  date: (day, month, year) =>
    `${day}. ${["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."][month]} ${year}`,
  span: {
    seconds: (n) => counted(n, "Sekunde", "Sekunden"),
    minutes: (n) => counted(n, "Minute", "Minuten"),
    hours: (n) => counted(n, "Stunde", "Stunden"),
  },
};
