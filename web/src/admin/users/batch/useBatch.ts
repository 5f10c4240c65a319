import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Api } from "../../../api/client";
import { requestKey } from "../../../api/requestKey";
import {
  askForBatch,
  beginBatch,
  getJob,
  type Job,
  type JobResult,
  listPeople,
  type Results,
} from "../../../api/users";
import { useApp } from "../../../context";
import type { Batch as BatchText } from "../../../text/en/batch";
import { useAskBeforeLeaving } from "../../useAskBeforeLeaving";
import { type Filter, pageQuery } from "../query";
import { peopleKey, useLookAgain } from "../usePeople";
import type { Selection } from "./selection";
import { actOf, acts, requestOf, type Work } from "./work";

/** A batch that was begun. It is remembered without passwords, so that it is found again when the page is loaded anew. */
export interface Batch {
  id: number;
  /** undefined for one that was begun elsewhere. */
  work: Work | undefined;
  /** What the hub calls it, where that is all that is known of it. */
  kind?: string;
  /** Its passwords were copied, printed or kept. */
  taken?: boolean;
}

/** What a batch does, in words. */
export function doingOf(text: BatchText, kind: string, work: Work | undefined): string {
  const act = work?.act ?? actOf[kind];
  return act ? text.act[act].doing : kind === "change" ? text.jobs.change : text.jobs.people;
}

/** What a batch would do, as a dry run tells. */
export interface Foreseen {
  /** Rows, which is what is confirmed. */
  rows: number;
  /** With how many of them something happens. */
  will: number;
  failures: Results["results"];
  /** Of whom it says something that may not be meant. */
  remarks: Results["results"];
}

const stored = "atrium:batches";
const mostStored = 20;
const lookEvery = 1_000;
/** How many names one request takes. */
export const mostNames = 10_000;

const happens = ["started", "stopped", "changed", "deleted", "pending", "created"];

export async function foresee(api: Api, work: Work, selection: Selection, signal: AbortSignal): Promise<Foreseen> {
  const { path, body } = requestOf(work, selection);
  const { results } = await askForBatch(api, path, { ...body, dry_run: true }, signal);
  return {
    rows: results.length,
    will: results.filter((r) => happens.includes(r.status)).length,
    failures: results.filter(failed),
    remarks: results.filter((r) => !failed(r) && r.warnings?.length),
  };
}

function failed({ status }: { status: string }): boolean {
  return status === "failed" || status === "not_found";
}

/** Reads the names of all whom a filter finds, a page after the other: passwords are made here, and each needs its name. */
export async function readNames(api: Api, filter: Filter, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for (let page = 1; ; page++) {
    const query = pageQuery(filter, { sort: "name", descending: false, size: 200, page });
    const { items, _pagination } = await listPeople(api, query, signal);
    names.push(...items.map((p) => p.name));
    if (items.length === 0 || names.length >= Math.min(_pagination.total, mostNames)) return names;
  }
}

/** One that was begun here. */
export type Begun = Batch & { work: Work };

function recall(): Begun[] {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(stored) ?? "[]");
    return Array.isArray(found) ? found.filter(isBegun) : [];
  } catch {
    return [];
  }
}

function isBegun(value: unknown): value is Begun {
  if (typeof value !== "object" || value === null) return false;
  const { id, work } = value as { id?: unknown; work?: { act?: unknown; group?: unknown; quota?: unknown } };
  return (
    Number.isInteger(id) &&
    acts.some((act) => act === work?.act) &&
    (work?.group === undefined || typeof work.group === "string") &&
    (work?.quota === undefined || (typeof work.quota === "object" && work.quota !== null))
  );
}

interface Begin {
  work: Work;
  selection: Selection;
  /** How many rows were foreseen; the hub does nothing where a filter finds more by now. */
  rows: number;
}

/** The batches that were begun here, the newest first, and how another one is begun. */
export function useBatches() {
  const { api } = useApp();
  const [batches, setBatches] = useState(recall);
  const beginning = useMutation({
    mutationFn: async ({ work, selection, rows }: Begin): Promise<Begun> => {
      const { path, body } = requestOf(work, selection);
      const confirmed = selection.kind === "all" ? { confirmed: rows } : {};
      const job = await beginBatch(api, path, { ...body, ...confirmed }, requestKey());
      return { id: job.id, work };
    },
    onSuccess: (batch) => setBatches((now) => [batch, ...now].slice(0, mostStored)),
  });
  useEffect(() => {
    const plain = batches.map(({ id, work }) => ({
      id,
      work: { act: work.act, group: work.group, quota: work.quota },
    }));
    sessionStorage.setItem(stored, JSON.stringify(plain));
  }, [batches]);
  // Only this page knows the passwords: the browser asks before it leaves it.
  const open = batches.some((b) => b.work.passwords && !b.taken);
  useAskBeforeLeaving(open);
  const take = (id: number) => setBatches((now) => now.map((b) => (b.id === id ? { ...b, taken: true } : b)));
  return { batches, beginning, take };
}

export interface Progress extends Job {
  failures: JobResult[];
}

/** How far a batch is, and who failed once it is done. */
export function useProgressOf(batch: Batch) {
  const { api } = useApp();
  const client = useQueryClient();
  const look = useLookAgain();
  return useQuery({
    queryKey: ["job", batch.id],
    queryFn: async ({ signal }): Promise<Progress> => {
      const job = await getJob(api, batch.id, 0, 0, signal);
      // Those whom somebody deletes go at last; whatever else is done to people, their rows keep their places.
      if (job.kind === "delete" && job.state !== "running") void client.invalidateQueries({ queryKey: peopleKey });
      else look();
      if (job.state === "running") return { ...job, failures: [] };
      return { ...job, failures: await failuresOf(api, batch.id, signal) };
    },
    refetchInterval: ({ state }) => (state.data && state.data.state !== "running" ? false : lookEvery),
    retry: false,
  });
}

async function failuresOf(api: Api, id: number, signal: AbortSignal): Promise<JobResult[]> {
  const failures: JobResult[] = [];
  for (let from: number | null = 0; from !== null; ) {
    const part: Awaited<ReturnType<typeof getJob>> = await getJob(api, id, from, 10_000, signal);
    failures.push(...part.results.filter(failed));
    from = part.next;
  }
  return failures;
}
