import type { Api } from "./client";
import type { UsageDays, UsageGroups, UsageNow, UsageStarts, UsageUsers } from "./schema.gen";

/** A table that GET /usage/… gives, below usage/. */
export type UsageTable = "days" | "users" | "groups" | "starts";

export type StartDay = UsageStarts["days"][number];

interface Answers {
  days: UsageDays;
  users: UsageUsers;
  groups: UsageGroups;
  starts: UsageStarts;
}

/** What runs now. */
export function usageNow(api: Api, signal: AbortSignal): Promise<UsageNow> {
  return api.call("GET", "usage/now", { signal });
}

/** One of the tables; query as the hub takes it. */
export function usage<T extends UsageTable>(
  api: Api,
  table: T,
  query: string,
  signal: AbortSignal,
): Promise<Answers[T]> {
  return api.call("GET", `usage/${table}?${query}`, { signal });
}

/** The same as a file. */
export function usageFile(api: Api, table: UsageTable, query: string): Promise<Blob> {
  return api.file(`usage/${table}?${query}`, "text/csv");
}

/** For how long somebody's servers ran. */
export function usageOf(api: Api, user: string, query: string, signal: AbortSignal): Promise<UsageDays> {
  return api.call("GET", `users/${encodeURIComponent(user)}/usage?${query}`, { signal });
}
