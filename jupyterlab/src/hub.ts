// What the hub says of the server that the page is of, as its own endpoint passes it on.

export interface Notice {
  kind: string;
  minutes: number;
  grace: boolean;
  ends_at: string;
  message: string;
}

export interface Answer {
  user: string;
  viewer: string;
  home: string;
  now: string;
  ends_at: string | null;
  quota: { unlimited: boolean; balance: number; ends_at: string | null; stops_at: string | null } | null;
  notices: Notice[];
  announcements: { id: number; level: "info" | "warning" | "urgent"; text: string }[];
}

const second = 1000;
const minute = 60 * second;
const often = minute;
/** How many minutes before an end it is announced. */
const announced = [30, 15, 5, 1, 0];

/** In how many milliseconds to ask again: a minute, or sooner where something is announced or comes to pass before. */
export function again(answer: Answer): number {
  const now = Date.parse(answer.now);
  let wait = often;
  for (const end of [answer.ends_at, answer.quota?.ends_at, answer.quota?.stops_at]) {
    if (!end) continue;
    for (const minutes of announced) {
      const until = Date.parse(end) - minutes * minute - now + second;
      if (until > 0) wait = Math.min(wait, Math.max(until, 5 * second));
    }
  }
  return wait;
}

/** What tells a notice from those that were shown before. */
export function keyOf(notice: Notice): string {
  return [notice.kind, notice.minutes, notice.grace, notice.ends_at].join(" ");
}

const words = {
  en: {
    left: (time: string) => `${time} left`,
    time: (hours: number, minutes: number) => (hours ? `${hours} h ${minutes} min` : `${minutes} min`),
    credits: (count: number) => (count === 1 ? "1 credit" : `${count} credits`),
    whose: (name: string) => `Server of ${name}`,
    until: (time: string) => `This server is stopped at ${time}`,
    lasts: (time: string) => `The credits last until ${time}`,
    home: "Open the hub's home page",
  },
  de: {
    left: (time: string) => `noch ${time}`,
    time: (hours: number, minutes: number) => (hours ? `${hours} h ${minutes} min` : `${minutes} min`),
    credits: (count: number) => `${count} Guthaben`,
    whose: (name: string) => `Server von ${name}`,
    until: (time: string) => `Dieser Server wird um ${time} angehalten`,
    lasts: (time: string) => `Das Guthaben reicht bis ${time}`,
    home: "Startseite des Hubs öffnen",
  },
};

export type Words = (typeof words)["en"];

/** The words for a browser that wants a language. */
export function wordsFor(language: string): Words {
  return language.toLowerCase().startsWith("de") ? words.de : words.en;
}

/** What the status bar says, and in more words; `now` is the hub's. Empty where there is nothing to say. */
export function status(answer: Answer, now: number, say: Words): { text: string; title: string } {
  const parts: string[] = [];
  const titles: string[] = [];
  const clock = (at: string) => new Date(at).toLocaleTimeString([], { timeStyle: "short" });
  if (answer.viewer && answer.viewer !== answer.user) parts.push(say.whose(answer.user));
  if (answer.ends_at) {
    const left = Math.max(0, Math.ceil((Date.parse(answer.ends_at) - now) / minute));
    parts.push(say.left(say.time(Math.floor(left / 60), left % 60)));
    titles.push(say.until(clock(answer.ends_at)));
  }
  const quota = answer.quota;
  if (quota && !quota.unlimited) {
    parts.push(say.credits(quota.balance));
    if (quota.ends_at) titles.push(say.lasts(clock(quota.ends_at)));
  }
  return { text: parts.join(" · "), title: titles.join("\n") };
}
