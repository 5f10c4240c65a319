import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Api } from "../../../api/client";
import { requestKey } from "../../../api/requestKey";
import { makePeople, type NewPerson, type RowResult } from "../../../api/users";
import { useApp } from "../../../context";
import { useAskBeforeLeaving } from "../../useAskBeforeLeaving";
import { peopleKey } from "../usePeople";
import type { Draft } from "./useRows";

/** People being made, or made: with their passwords, which are nowhere else. */
export interface Creation {
  asked: NewPerson[];
  /** What became of each; undefined where it is not known yet. */
  results: (RowResult | undefined)[];
  state: "running" | "stuck" | "done";
  /** Why it is stuck. */
  error?: unknown;
  /** The passwords were copied, printed or kept. */
  taken: boolean;
  /** Groups that do not exist are made. */
  makeGroups: boolean;
}

/** A request, and the key by which it is done once, however often it goes out. */
interface Part {
  key: string;
  places: number[];
}

/** How many people one request makes. Their passwords are hashed while it waits, some ten in a second. */
export const partSize = 500;

function partsOf(places: number[]): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < places.length; at += partSize) {
    parts.push({ key: requestKey(), places: places.slice(at, at + partSize) });
  }
  return parts;
}

const places = (creation: Creation, such: (result: RowResult | undefined) => boolean) =>
  creation.asked.flatMap((_, at) => (such(creation.results[at]) ? [at] : []));

/** The people who were made, with their passwords. */
export function madeOf(creation: Creation): NewPerson[] {
  return creation.asked.filter((_, at) => creation.results[at]?.status === "created");
}

/** How many of them the hub has answered for. */
export function doneOf(creation: Creation): number {
  return places(creation, (result) => result !== undefined).length;
}

/** Makes people, part by part, and goes on whatever becomes of the dialog that began it. */
export function useCreation() {
  const { api } = useApp();
  const client = useQueryClient();
  const [creation, setCreation] = useState<Creation | null>(null);
  const left = useRef<Part[]>([]);
  const draft = useRef<Draft | null>(null); // of the names, until they are made: a key or a click beside the dialog loses none
  const change = (by: (now: Creation) => Partial<Creation>) => setCreation((now) => now && { ...now, ...by(now) });

  const run = async (asked: NewPerson[], makeGroups: boolean) => {
    for (let part = left.current[0]; part; part = left.current[0]) {
      const { places, key } = part;
      try {
        const results = await send(api, places, asked, makeGroups, key);
        change((now) => ({ results: placed(now.results, places, results), taken: false }));
      } catch (error) {
        change(() => ({ state: "stuck", error }));
        return;
      } finally {
        void client.invalidateQueries({ queryKey: peopleKey });
      }
      left.current.shift();
    }
    change(() => ({ state: "done" }));
  };

  const begin = (asked: NewPerson[], makeGroups: boolean) => {
    left.current = partsOf(asked.map((_, at) => at));
    setCreation({ asked, results: asked.map(() => undefined), state: "running", taken: false, makeGroups });
    void run(asked, makeGroups);
  };
  /** Sends again what got no answer; under its key it is done once. */
  const goOn = () => {
    if (!creation) return;
    change(() => ({ state: "running" }));
    void run(creation.asked, creation.makeGroups);
  };
  /** Tries those again, and those alone, who failed. */
  const retry = () => {
    if (!creation) return;
    const failed = places(creation, (result) => result?.status === "failed");
    left.current = partsOf(failed);
    change((now) => ({ state: "running", results: placed(now.results, failed, []) }));
    void run(creation.asked, creation.makeGroups);
  };

  // Only this page knows the passwords: the browser asks before it leaves it.
  const open = creation !== null && (creation.state !== "done" || (!creation.taken && madeOf(creation).length > 0));
  useAskBeforeLeaving(open);

  return {
    creation,
    begin,
    goOn,
    retry,
    take: () => change(() => ({ taken: true })),
    draft,
    /** Back to the names, which did not begin. */
    back: () => setCreation(null),
    forget: () => {
      draft.current = null;
      setCreation(null);
    },
  };
}

export type Creating = ReturnType<typeof useCreation>;

async function send(api: Api, places: number[], asked: NewPerson[], makeGroups: boolean, key: string) {
  const users = places.flatMap((at) => asked[at] ?? []);
  return (await makePeople(api, { users, make_groups: makeGroups }, { key })).results;
}

function placed(results: Creation["results"], places: number[], fresh: (RowResult | undefined)[]): Creation["results"] {
  const next = [...results];
  for (const [n, at] of places.entries()) next[at] = fresh[n];
  return next;
}
