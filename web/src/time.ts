// The words for times. The hub's other pages have the same (internal/httpapi/pages/times.go), and both are held to
// testing/times.json.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * "now", "2 min ago", "3 h ago", "yesterday", "5 days ago", and the same of what is to come; times further away by their
 * date. Both are in milliseconds.
 */
export function relative(at: number, now: number): string {
  const ahead = at > now;
  const away = ahead ? Math.round((at - now) / minute) * minute : now - at;
  const said = (amount: string) => (ahead ? `in ${amount}` : `${amount} ago`);
  if (away < minute) return "now";
  if (away < hour) return said(`${Math.floor(away / minute)} min`);
  if (away < day) return said(`${Math.floor(away / hour)} h`);
  const days = Math.floor(away / day);
  if (days === 1) return ahead ? "tomorrow" : "yesterday";
  if (days <= 30) return said(`${days} days`);
  const date = new Date(at);
  return `${date.getDate()} ${months[date.getMonth()]} ${date.getFullYear()}`;
}

/** The time to the second, as the person's browser writes times. */
export function exact(at: Date): string {
  return at.toLocaleString();
}

/** How long something takes, within a sentence: "1 second", "30 seconds", "2 minutes". Never less than it is. */
export function span(seconds: number): string {
  if (seconds < 90) return counted(Math.ceil(seconds), "second");
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? counted(minutes, "minute") : counted(Math.ceil(seconds / 3600), "hour");
}

function counted(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}
