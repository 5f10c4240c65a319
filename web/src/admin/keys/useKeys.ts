import { useEffect, useRef } from "react";

/** The keys of the panel's lists, in the order in which they are explained. */
export const keyOf = { search: "/", next: "j", previous: "k", select: "x", edit: "e", create: "c", help: "?" } as const;

type Act = keyof typeof keyOf;

/** What a page's keys do. Those that it has no use for are missing, and are left to the browser. */
export type KeyActs = Partial<Record<Act, (() => void) | undefined>>;

/** Listens for the keys. They leave alone whoever types, or has a dialog open. */
export function useKeys(acts: KeyActs): void {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target) || document.querySelector('[role="dialog"]')) return;
      const act = (Object.keys(keyOf) as Act[]).find((key) => keyOf[key] === e.key);
      const run = act && latest.current[act];
      if (!run) return;
      e.preventDefault();
      run();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches("textarea, select, input:not([type=checkbox]), [contenteditable]");
}

/** Puts the focus into the page's search. */
export function toSearch(): void {
  document.querySelector<HTMLElement>("main search input")?.focus();
}

/** Moves the focus among the rows of the page's lists: the elements with data-row. */
export const rowActs: KeyActs = { next: () => step(1), previous: () => step(-1) };

function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-row]")];
  const here = document.activeElement?.closest("tr, li");
  const at = rows.findIndex((row) => row.closest("tr, li") === here);
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
}

/** Presses the button with data-edit in the row that has the focus. */
export function editRow(): void {
  document.activeElement?.closest("main tr, main li")?.querySelector<HTMLElement>("[data-edit]")?.click();
}
