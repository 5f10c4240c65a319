// Amounts as the ledger has them: in sixtieths of a credit.

/** How many of them a credit has. */
export const creditParts = 60;

/** The sixtieths of an exact amount as the hub writes it: "12", "12 43/60", "-43/60". */
export function partsOf(exact: string): number {
  const [, sign, whole, parts] = /^(-?)(?:(\d+)(?!\d*\/))? ?(?:(\d+)\/60)?$/.exec(exact) ?? [];
  const amount = Number(whole ?? 0) * creditParts + Number(parts ?? 0);
  return sign === "-" ? -amount : amount;
}

/** An amount of sixtieths as the hub writes it. */
export function exactOf(parts: number): string {
  const [whole, rest] = [Math.trunc(Math.abs(parts) / creditParts), Math.abs(parts) % creditParts];
  const sign = parts < 0 ? "-" : "";
  if (rest === 0) return `${sign}${whole}`;
  return whole === 0 ? `${sign}${rest}/60` : `${sign}${whole} ${rest}/60`;
}

/** Until when a balance lasts while servers run that cost so many credits a minute together; null for ever. */
export function lastsUntil(exact: string, rates: number[], now: number): Date | null {
  const rate = rates.reduce((sum, one) => sum + one, 0);
  if (rate <= 0) return null;
  // So many credits a minute are as many sixtieths a second.
  return new Date(now + Math.max(0, partsOf(exact) / rate) * 1000);
}
