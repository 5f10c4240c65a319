import { useCallback, useSyncExternalStore } from "react";

// What a page shows stands in the query of its address, so that it can be shared and 'back' leads back.

const changed = "atrium:address";

function subscribe(fn: () => void): () => void {
  window.addEventListener("popstate", fn);
  window.addEventListener(changed, fn);
  return () => {
    window.removeEventListener("popstate", fn);
    window.removeEventListener(changed, fn);
  };
}

/** How an address takes the place of the one before: as a step that 'back' undoes, or not. */
export type Step = "push" | "replace";

/**
 * The query of the page's address, and a way to change it without loading the page. `aside` is a part of it that is kept
 * there for others, by `setAside`, and by which nothing is drawn: it is left out, and stays whatever else changes.
 */
export function useAddress(aside?: string): [URLSearchParams, (next: URLSearchParams, step: Step) => void] {
  const query = useSyncExternalStore(subscribe, () => split(window.location.search, aside).shown);
  const go = useCallback(
    (next: URLSearchParams, step: Step) => {
      const kept = split(window.location.search, aside).aside;
      if (!put([next.toString(), kept], step)) return;
      window.dispatchEvent(new Event(changed));
    },
    [aside],
  );
  return [new URLSearchParams(query), go];
}

/** Keeps a part of the address that nothing is drawn by; it is no step, and nobody hears of it. "" takes it out. */
export function setAside(key: string, value: string): void {
  put([split(window.location.search, key).shown, value && `${key}=${value}`], "replace");
}

/** What of the address stands aside; "" is nothing. */
export function readAside(key: string): string {
  return split(window.location.search, key).aside.slice(key.length + 1);
}

function put(parts: string[], step: Step): boolean {
  const text = parts.filter(Boolean).join("&");
  const url = window.location.pathname + (text && `?${text}`);
  if (url === window.location.pathname + window.location.search) return false;
  if (step === "push") window.history.pushState(null, "", url);
  else window.history.replaceState(null, "", url);
  return true;
}

/** A query in two, each as it was written: browsers may write it otherwise than URLSearchParams. */
function split(query: string, key: string | undefined): { shown: string; aside: string } {
  const parts = query.replace(/^\?/, "").split("&");
  const isAside = (part: string) => key !== undefined && part.startsWith(`${key}=`);
  return { shown: parts.filter((part) => !isAside(part)).join("&"), aside: parts.find(isAside) ?? "" };
}
