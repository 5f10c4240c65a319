import type { Api } from "./client";
import type { AuditPage } from "./schema.gen";

/** What somebody did, as the audit log keeps it. */
export type AuditEntry = AuditPage["items"][number];

/** A part of the log, newest first; query as GET /audit takes it. */
export function listAudit(api: Api, query: string, signal: AbortSignal): Promise<AuditPage> {
  return api.call("GET", `audit?${query}`, { signal });
}

/** The same as a file. */
export function auditFile(api: Api, query: string): Promise<Blob> {
  return api.file(`audit?${query}`, "text/csv");
}
