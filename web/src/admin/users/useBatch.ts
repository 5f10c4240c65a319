import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Api } from "../../api/client";
import { beginServers, countServers, getJob, type Job, type JobResult } from "../../api/users";
import { useApp } from "../../context";
import type { Selection } from "./selection";
import { peopleKey } from "./usePeople";

export type BatchAction = "start" | "stop";

/** A batch that was begun, so that it is found again when the page is loaded anew. */
export interface Batch {
  id: number;
  action: BatchAction;
}

const stored = "atrium:batch";
const lookEvery = 1_000;

/** Begins work on all who are selected. Of 'all that match' the hub gets the filter, and how many it stands for. */
async function begin(api: Api, action: BatchAction, selection: Selection): Promise<Batch> {
  const key = randomKey();
  if (selection.kind === "names") {
    const servers = [...selection.names].map((username) => ({ username }));
    return { id: (await beginServers(api, action, { servers }, key)).id, action };
  }
  const confirmed = await countServers(api, action, selection.filter);
  const job = await beginServers(api, action, { filter: selection.filter, confirmed }, key);
  return { id: job.id, action };
}

/** A key for a request; randomUUID is for secure origins alone. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function recall(): Batch | null {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(stored) ?? "null");
    return isBatch(found) ? found : null;
  } catch {
    return null;
  }
}

function isBatch(value: unknown): value is Batch {
  if (typeof value !== "object" || value === null) return false;
  const { id, action } = value as Record<string, unknown>;
  return Number.isInteger(id) && (action === "start" || action === "stop");
}

export function useBatch() {
  const { api } = useApp();
  const [batch, setBatch] = useState(recall);
  const beginning = useMutation({
    mutationFn: ({ action, selection }: { action: BatchAction; selection: Selection }) => begin(api, action, selection),
    onSuccess: setBatch,
  });
  useEffect(() => {
    if (batch) sessionStorage.setItem(stored, JSON.stringify(batch));
    else sessionStorage.removeItem(stored);
  }, [batch]);
  return { batch, beginning, forget: () => setBatch(null) };
}

export interface Progress extends Job {
  failures: JobResult[];
}

/** How far a batch is, and who failed once it is done. */
export function useProgressOf(batch: Batch) {
  const { api } = useApp();
  const client = useQueryClient();
  return useQuery({
    queryKey: ["job", batch.id],
    queryFn: async ({ signal }): Promise<Progress> => {
      const job = await getJob(api, batch.id, 0, 0, signal);
      void client.invalidateQueries({ queryKey: peopleKey });
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
    failures.push(...part.results.filter((r) => r.status === "failed" || r.status === "not_found"));
    from = part.next;
  }
  return failures;
}
