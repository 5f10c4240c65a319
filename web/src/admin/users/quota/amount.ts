// What is typed for a quota, and what it asks for.

import { mostCredits, type QuotaChange } from "../../../api/quota";

const words = ["-1", "∞", "unlimited", "unbegrenzt"];

/** The change that a text asks for; null where it means nothing. A word for 'unlimited' in any language is one. */
export function changeOf(typed: string): QuotaChange | null {
  const text = typed.trim().toLowerCase();
  if (words.includes(text)) return { action: "set_unlimited", unlimited: true };
  const amount = amountOf(text);
  return amount === null ? null : { action: "set", amount, unlimited: false };
}

/** A whole number of credits, as it is typed; null for anything else. */
export function amountOf(typed: string): number | null {
  const text = typed.trim();
  if (!/^\d{1,8}$/.test(text)) return null;
  const amount = Number(text);
  return amount <= mostCredits ? amount : null;
}
