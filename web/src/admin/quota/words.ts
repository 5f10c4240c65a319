// What a rule does, and for whom, in words.

import type { QuotaRule } from "../../api/quota";
import type { QuotaRules } from "../../text/en/quotarules";

/** "adds 300, up to 1,000" */
export function doesOf(rule: QuotaRule, text: QuotaRules): string {
  if (rule.window !== null) return text.returns;
  if (rule.action === "set") return text.sets(rule.amount);
  const parts = [text.adds(rule.amount)];
  if (rule.amount >= 0 && rule.max_balance !== null) parts.push(text.most(rule.max_balance));
  if (rule.amount < 0) parts.push(text.least(rule.min_balance));
  return parts.join(", ");
}

/** When a rule does it that has no schedule: "in the course of 24 hours", "168 hours after it" */
export function timesOf(rule: QuotaRule, text: QuotaRules): string {
  const hours = (seconds: number) => Math.round(seconds / 3600);
  if (rule.window !== null) return text.after(hours(rule.window));
  return rule.per === null ? "" : text.within(hours(rule.per));
}

/** "members of cs101, who has less than 500" */
export function whomOf({ targets: t }: QuotaRule, { whom }: QuotaRules): string {
  const parts: string[] = [];
  if (t.groups?.length) parts.push(whom.groups(t.groups.join(", ")));
  if (t.includeUsers?.length) parts.push(whom.users(t.includeUsers.join(", ")));
  if (t.usernamePattern) parts.push(whom.pattern(t.usernamePattern));
  if (t.balanceBelow !== null && t.balanceBelow !== undefined) parts.push(whom.below(t.balanceBelow));
  if (t.balanceAbove !== null && t.balanceAbove !== undefined) parts.push(whom.above(t.balanceAbove));
  if (parts.length === 0) parts.push(whom.everybody);
  if (t.excludeUsers?.length) parts.push(whom.except(t.excludeUsers.join(", ")));
  if (t.includeUnlimited) parts.push(whom.unlimited);
  return parts.join(", ");
}
