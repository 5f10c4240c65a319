import type { Times } from "./text/en/times";
import { times } from "./text/en/times";

// The words for times. The hub's other pages have the same (internal/httpapi/pages/times.go), and both are held to
// testing/times.json.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * "now", "2 min ago", "3 h ago", "yesterday", "5 days ago", and the same of what is to come; times further away by their
 * date. Both are in milliseconds.
 */
export function relative(at: number, now: number, words: Times = times): string {
  const ahead = at > now;
  const away = ahead ? Math.round((at - now) / minute) * minute : now - at;
  const said = ahead ? words.ahead : words.past;
  if (away < minute) return words.now;
  if (away < hour) return said(words.minutes(Math.floor(away / minute)));
  if (away < day) return said(words.hours(Math.floor(away / hour)));
  const days = Math.floor(away / day);
  if (days === 1) return ahead ? words.tomorrow : words.yesterday;
  if (days <= 30) return said(words.days(days));
  const date = new Date(at);
  return words.date(date.getDate(), date.getMonth(), date.getFullYear());
}

/** The time to the second, as the person's browser writes times. */
export function exact(at: Date): string {
  return at.toLocaleString();
}

/** A day and a time to the minute, as the language writes them. */
export function dateAndTime(at: Date, language: string): string {
  return at.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

/** A time of today to the minute, as the language writes it: "10:31". */
export function timeOfDay(at: Date, language: string): string {
  return at.toLocaleTimeString(language, { timeStyle: "short" });
}

/** A time to the minute, with its day where that is not today. */
export function clock(at: Date, now: number, language: string): string {
  const today = at.toDateString() === new Date(now).toDateString();
  return today ? timeOfDay(at, language) : dateAndTime(at, language);
}

/** A time as a field of the type datetime-local has it, in the person's zone: "2026-01-02T03:04". */
export function fieldTime(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** How long something takes, within a sentence: "1 second", "30 seconds", "2 minutes". Never less than it is. */
export function span(seconds: number, words: Times = times): string {
  if (seconds < 90) return words.span.seconds(Math.ceil(seconds));
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? words.span.minutes(minutes) : words.span.hours(Math.ceil(seconds / 3600));
}

/** A day of UTC, "2026-01-31", as the language writes it without the year. */
export function utcDay(language: string, day: string): string {
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(day));
}

/** A time in figures, as tables have it, alike in all languages: "12.5 s". */
export function inSeconds(figure: string): string {
  return `${figure} s`;
}

/** The same of a round time: "30 s", "2 min". */
export function roundTime(seconds: number): string {
  return seconds < 60 ? inSeconds(String(seconds)) : `${seconds / 60} min`;
}

/** For how long something ran, to the second, alike in all languages: "2 h 5 min", "1 min 30 s". */
export function duration(seconds: number): string {
  const [h, min, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const said = [h && `${h} h`, min && `${min} min`, s && `${s} s`].filter(Boolean);
  return said.length > 0 ? said.join(" ") : "0 s";
}
