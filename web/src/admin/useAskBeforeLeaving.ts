import { useEffect } from "react";

/** Lets the browser ask before the page is left, as long as it alone knows something: passwords that nobody took yet. */
export function useAskBeforeLeaving(open: boolean): void {
  useEffect(() => {
    if (!open) return;
    const ask = (e: BeforeUnloadEvent) => e.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [open]);
}
