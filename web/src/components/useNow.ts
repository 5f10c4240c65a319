import { useSyncExternalStore } from "react";

const every = 30_000;

let now = Date.now();
let timer: number | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now();
    timer = window.setInterval(() => {
      now = Date.now();
      for (const tell of listeners) tell();
    }, every);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.clearInterval(timer);
  };
}

/** What time it is, in milliseconds, to half a minute: one clock for all that is shown by it. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
