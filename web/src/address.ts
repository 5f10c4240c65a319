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

/** The query of the page's address, and a way to change it without loading the page. */
export function useAddress(): [URLSearchParams, (next: URLSearchParams, step: Step) => void] {
  const query = useSyncExternalStore(subscribe, () => window.location.search);
  const go = useCallback((next: URLSearchParams, step: Step) => {
    const text = next.toString();
    const url = window.location.pathname + (text && `?${text}`);
    if (url === window.location.pathname + window.location.search) return;
    if (step === "push") window.history.pushState(null, "", url);
    else window.history.replaceState(null, "", url);
    window.dispatchEvent(new Event(changed));
  }, []);
  return [new URLSearchParams(query), go];
}
