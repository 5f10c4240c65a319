// Days as the hub counts by them: those of UTC, written as 2026-01-31.

const length = 24 * 60 * 60 * 1000;

/** The days from one to another, both among them. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += length) days.push(dayOf(at));
  return days;
}

/** The first of so many days that end today. */
export function daysAgo(count: number, now = Date.now()): string {
  return dayOf(now - (count - 1) * length);
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** A number with at most one digit behind its point, or with the first that is not nothing. */
export function amount(language: string, n: number): string {
  const little = n > 0 && n < 0.1;
  return new Intl.NumberFormat(
    language,
    little ? { maximumSignificantDigits: 1 } : { maximumFractionDigits: 1 },
  ).format(n);
}
