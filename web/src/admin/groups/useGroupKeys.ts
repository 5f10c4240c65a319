import { useEffect, useRef } from "react";

/** The keys of the list: / for the search, j and k for the next group and the one before, c to create one. */
export function useGroupKeys(onCreate: (() => void) | undefined): void {
  const create = useRef(onCreate);
  create.current = onCreate;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target) || document.querySelector('[role="dialog"]')) return;
      const names = [...document.querySelectorAll<HTMLElement>("[data-group]")];
      const at = names.indexOf(document.activeElement as HTMLElement);
      if (e.key === "/") document.getElementById("search")?.focus();
      else if (e.key === "j") names[Math.min(at + 1, names.length - 1)]?.focus();
      else if (e.key === "k") names[Math.max(at - 1, 0)]?.focus();
      else if (e.key === "c" && create.current) create.current();
      else return;
      e.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("textarea, select, input:not([type=checkbox])");
}
