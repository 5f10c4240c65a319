import type { Api } from "./client";
import type { User } from "./schema.gen";

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
