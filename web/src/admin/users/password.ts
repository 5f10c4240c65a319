// Passwords are made in the browser, by its secure source, before the request goes out: what the hub answers holds none.

/** Characters of each kind, without those that are taken for each other. */
const kinds = ["abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-_+=%"] as const;
const all = kinds.slice(0, 3).join("");

/** How long a random password is, unless the hub asks for longer ones. */
const usualLength = 16;

/** A number from 0 to below n, each as likely. */
function below(n: number): number {
  const most = 2 ** 32 - (2 ** 32 % n);
  const drawn = new Uint32Array(1);
  do crypto.getRandomValues(drawn);
  while ((drawn[0] ?? 0) >= most);
  return (drawn[0] ?? 0) % n;
}

const pick = (from: string) => from.charAt(below(from.length));

/** A random password with characters of every kind, at least as long as the hub asks. */
export function randomPassword(least = 0): string {
  const drawn: string[] = kinds.map(pick);
  while (drawn.length < Math.max(usualLength, least)) drawn.push(pick(all));
  for (let at = drawn.length - 1; at > 0; at--) {
    const other = below(at + 1);
    [drawn[at], drawn[other]] = [drawn[other] ?? "", drawn[at] ?? ""];
  }
  // The first is a letter: spreadsheets take what begins with = or + for a formula.
  const letter = drawn.findIndex((c) => /[a-z]/i.test(c));
  [drawn[0], drawn[letter]] = [drawn[letter] ?? "", drawn[0] ?? ""];
  return drawn.join("");
}
