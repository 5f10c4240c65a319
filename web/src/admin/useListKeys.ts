import { useEffect, useRef } from "react";

/**
 * The keys of a list: / for its search, and those that `press` takes, which tells whether it did. They leave alone whoever
 * types, or has a dialog open.
 */
export function useListKeys(press: (key: string) => boolean): void {
  const now = useRef(press);
  now.current = press;
  useEffect(() => {
    const pressed = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target) || document.querySelector('[role="dialog"]')) return;
      if (e.key === "/") document.getElementById("search")?.focus();
      else if (!now.current(e.key)) return;
      e.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches("textarea, select, input:not([type=checkbox]), [contenteditable]");
}
