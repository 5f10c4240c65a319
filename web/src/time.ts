const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** "now", "2 min ago", "3 h ago", "yesterday", "5 days ago"; times before that by their date. */
export function relative(at: number, now: number): string {
  const past = now - at;
  if (past < minute) return "now";
  if (past < hour) return `${Math.floor(past / minute)} min ago`;
  if (past < day) return `${Math.floor(past / hour)} h ago`;
  const days = Math.floor(past / day);
  if (days === 1) return "yesterday";
  if (days < 30) return `${days} days ago`;
  return new Date(at).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
}
