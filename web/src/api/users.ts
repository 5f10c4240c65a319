import type { Api, Tagged } from "./client";
import { ApiError } from "./errors";
import type { Job, Jobs, PeopleRows, PeopleSheet, Results, User, UserChanged, UserPatch } from "./schema.gen";
import { serverPath } from "./servers";

/** A person, as lists show them. What the viewer may not see is missing. */
export type { User as Person, UserChanged, UserPatch };

export interface Page<T> {
  items: T[];
  _pagination: { offset: number; limit: number; total: number };
}

export const paged = "application/jupyterhub-pagination+json";

/** A part of the list; query as GET /users takes it. */
export function listPeople(api: Api, query: string, signal: AbortSignal): Promise<Page<User>> {
  return api.call("GET", `users?${query}`, { signal, accept: paged });
}

/** What came of a row of bulk work. */
export type RowResult = Results["results"][number];

/** Bulk work under way, or done, with what is known of some rows. */
export type { Job };

export type JobResult = Job["results"][number];

export type { Results };

/** Asks for bulk work as a job that goes on by itself. */
export function beginBatch(api: Api, path: string, body: object, key: string): Promise<Job> {
  return api.call("POST", path, { body, headers: { Prefer: "respond-async", "Idempotency-Key": key } });
}

/** Asks for bulk work, and waits for it; for what a dry run foresees, in particular. */
export function askForBatch(api: Api, path: string, body: object, signal: AbortSignal): Promise<Results> {
  return api.call("POST", path, { body, signal });
}

/** What the viewer has asked for, the newest first. */
export async function listJobs(api: Api, signal: AbortSignal): Promise<Job[]> {
  return (await api.call<Jobs>("GET", "bulk/jobs", { signal })).jobs;
}

/** Ends a job: what is done stays done. */
export function callOffJob(api: Api, id: number): Promise<Job> {
  return api.call("DELETE", `bulk/jobs/${id}`);
}

/** A job with the results from a row on, at most `limit` of them. */
export function getJob(api: Api, id: number, from: number, limit: number, signal?: AbortSignal): Promise<Job> {
  return api.call("GET", `bulk/jobs/${id}?from=${from}&limit=${limit}`, signal ? { signal } : {});
}

export function startServer(api: Api, user: string, server: string): Promise<void> {
  return api.call("POST", serverPath(user, server));
}

/** Somebody to make. */
export interface NewPerson {
  username: string;
  password: string;
  must_change_password: boolean;
  admin: boolean;
  groups: string[];
}

export type { PeopleSheet };

type PeopleToMake = Pick<PeopleRows, "users"> & Partial<PeopleRows>;
/** Somebody to make, as a request may say it. */
export type PersonToMake = PeopleRows["users"][number];

/** Makes people, each by themselves: one result a row. Under the same key it is done once, and answered again. */
export function makePeople(
  api: Api,
  body: PeopleToMake,
  more: { key?: string; signal?: AbortSignal },
): Promise<Results> {
  const headers: Record<string, string> = more.key ? { "Idempotency-Key": more.key } : {};
  return api.call("POST", "bulk/users", { body, headers, ...(more.signal && { signal: more.signal }) });
}

/** What a file of people says. The hub keeps nothing of it. */
export function readPeople(api: Api, file: { name: string; data: string; sheet?: string }): Promise<PeopleSheet> {
  return api.call("POST", "sheets", { body: file });
}

/** Gives somebody a password. What is wrong with one is the error's message. */
export async function setPasswordOf(api: Api, name: string, password: string, mustChange: boolean): Promise<void> {
  const users = [{ username: name, password, must_change_password: mustChange }];
  const answer = await api.call<{ results: RowResult[] }>("POST", "bulk/users/passwords", { body: { users } });
  const row = answer.results[0];
  if (row?.status !== "changed") throw new ApiError("refused", row?.message ?? "");
}

/** Somebody, with a tag that stands for what can be changed of them. */
export function getPerson(api: Api, name: string, signal: AbortSignal): Promise<Tagged<User>> {
  return api.tagged(`users/${encodeURIComponent(name)}?include_stopped_servers=1`, { signal });
}

/** Changes somebody. With the tag of what was read before, the error is one of changedMeanwhile where they are not so any more. */
export function patchPerson(api: Api, name: string, patch: UserPatch, tag?: string): Promise<User> {
  const headers = tag ? { "If-Match": tag } : {};
  return api.call("PATCH", `users/${encodeURIComponent(name)}`, { body: patch, headers });
}

/** How somebody is whom others have changed or deleted meanwhile, and who; null for other errors. */
export function changedMeanwhile(error: unknown): UserChanged | null {
  return error instanceof ApiError && error.status === 412 ? (error.content as UserChanged) : null;
}

export function deletePerson(api: Api, name: string): Promise<void> {
  return api.call("DELETE", `users/${encodeURIComponent(name)}`);
}

/** Ends all sessions and tokens of somebody. */
export function revokePerson(api: Api, name: string): Promise<void> {
  return api.call("POST", `users/${encodeURIComponent(name)}/revoke`);
}
