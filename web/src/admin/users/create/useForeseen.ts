import { useEffect, useState } from "react";
import { makePeople, type PersonToMake } from "../../../api/users";
import { useApp } from "../../../context";
import { partSize } from "./useCreation";

/** What the hub says would become of people, who are not made yet. */
export interface Foreseen {
  /** Who would not be made, and why. */
  refused: ReadonlyMap<string, string>;
  /** Why nobody would be, where it is the same for all. */
  all: string | null;
  asking: boolean;
}

const nothing: Foreseen = { refused: new Map(), all: null, asking: false };
const patience = 400; // ms without another change
const most = 20 * partSize;

/** Asks, a moment after the list was made anew. A hub that can't say leaves it to the answer when they are made. */
export function useForeseen(people: PersonToMake[], makeGroups: boolean, exists: string): Foreseen {
  const { api } = useApp();
  const [foreseen, setForeseen] = useState(nothing);
  useEffect(() => {
    if (people.length === 0 || people.length > most) {
      setForeseen(nothing);
      return;
    }
    const asked = new AbortController();
    setForeseen((now) => (now.asking ? now : { ...now, asking: true }));
    const wait = setTimeout(async () => {
      try {
        const request = { users: people, make_groups: makeGroups, dry_run: true };
        setForeseen(read(await makePeople(api, request, { signal: asked.signal }), exists));
      } catch {
        if (!asked.signal.aborted) setForeseen(nothing);
      }
    }, patience);
    return () => {
      clearTimeout(wait);
      asked.abort();
    };
  }, [api, people, makeGroups, exists]);
  return foreseen;
}

function read({ results }: Awaited<ReturnType<typeof makePeople>>, exists: string): Foreseen {
  const refused = new Map<string, string>();
  for (const r of results) {
    if (r.status === "exists") refused.set(r.username, exists);
    else if (r.status === "failed") refused.set(r.username, r.message ?? "");
  }
  const reasons = new Set(refused.values());
  const [only] = reasons;
  // One reason for everybody lies in what is chosen for all of them, and is told once.
  if (results.length > 1 && refused.size === results.length && reasons.size === 1 && only && only !== exists) {
    return { refused: new Map(), all: only, asking: false };
  }
  return { refused, all: null, asking: false };
}
