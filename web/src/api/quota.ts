import type { Api } from "./client";
import type { Quota, QuotaEntry, QuotaRule, User } from "./schema.gen";

/** What somebody has: whole credits rounded down, and the exact amount. */
export type QuotaOf = NonNullable<User["quota"]>;

/** What is done to somebody's quota. */
export type QuotaChange =
  | { action: "set"; amount: number; unlimited?: false }
  | { action: "set_unlimited"; unlimited: true };

/** How many credits one change may be about. */
export const mostCredits = 10_000_000;

/** Changes what somebody has, and tells what they have then. Under the same key it is done once, however often it goes out. */
export function changeQuota(api: Api, name: string, change: QuotaChange, key: string): Promise<QuotaOf> {
  return api.call("POST", `/admin/api/quota/${encodeURIComponent(name)}`, {
    body: change,
    headers: { "Idempotency-Key": key },
  });
}

/** An entry of the ledger. None is ever changed. */
export type { QuotaEntry };

/** A server that runs, and what it has cost so far. */
export interface QuotaRun {
  server_name: string;
  /** Exact amounts; what is held is beyond what was spent. */
  spent: string;
  held: string;
  seconds: number;
  /** Credits a minute. */
  rate: number;
}

/** What somebody has, and how it came to that. */
export interface Statement extends Quota {
  /** The newest first. */
  recent_transactions: QuotaEntry[];
  /** For what is older; null where this is all. */
  next_before: number | null;
  running: QuotaRun[];
  /** What entries of each kind come to, what servers that run have spent, and hold. It adds up to what is available. */
  why: { of: string; exact: string; entries: number }[];
}

/** Somebody's statement; `before` is the next_before of the part before, or empty. */
export function statementOf(api: Api, name: string, before: string, signal: AbortSignal): Promise<Statement> {
  const query = before ? `&before=${before}` : "";
  return api.call("GET", `/admin/api/quota/${encodeURIComponent(name)}?why=&limit=20${query}`, { signal });
}

/** A rule by which people get credits at times. */
export type { QuotaRule };

/** The rules that the hub's configuration has, by name. */
export async function listRules(api: Api, signal: AbortSignal): Promise<QuotaRule[]> {
  return (await api.call<{ rules: QuotaRule[] }>("GET", "quota/refresh", { signal })).rules;
}

/** What a rule did, or would do. */
export interface Refreshed {
  users_updated: number;
  exact_change: string;
  /** Named by the rule, and not changed. */
  skipped: number;
  /** The first of those who would be changed. */
  changes?: { username: string; exact_before: string; exact_after: string }[];
}

/** Says what a rule would do just now. */
export function foreseeRule(api: Api, name: string, signal: AbortSignal): Promise<Refreshed> {
  return api.call("POST", "/admin/api/quota/refresh", { body: { rule_name: name, dry_run: true }, signal });
}

/** Does what a rule does, at once; its times stay. Under the same key nobody is changed twice. */
export function doRule(api: Api, name: string, key: string): Promise<Refreshed> {
  return api.call("POST", "/admin/api/quota/refresh", {
    body: { rule_name: name },
    headers: { "Idempotency-Key": key },
  });
}
