import { useEffect, useRef, useState } from "react";
import type { Person } from "../../api/users";
import { isSelected, type Selection, withNames } from "./batch/selection";

/**
 * The keys of the list: / for the search, j and k for the next row and the one before, x to select it. The result is the
 * row that they act on. They leave alone whoever types, or has a dialog open.
 */
export function useKeys(people: Person[], selection: Selection, onSelection: (s: Selection) => void): string | null {
  const [current, setCurrent] = useState<string | null>(null);
  const now = useRef({ people, selection, onSelection, current });
  now.current = { people, selection, onSelection, current };
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target) || document.querySelector('[role="dialog"]')) return;
      const { people, selection, onSelection, current } = now.current;
      const at = people.findIndex((p) => p.name === current);
      const move = (to: number) => {
        const person = people[Math.min(Math.max(to, 0), people.length - 1)];
        if (!person) return;
        setCurrent(person.name);
        document.querySelector(`tr[data-name="${CSS.escape(person.name)}"]`)?.scrollIntoView({ block: "nearest" });
      };
      if (e.key === "/") document.getElementById("search")?.focus();
      else if (e.key === "j") move(at + 1);
      else if (e.key === "k") move(at < 0 ? 0 : at - 1);
      else if (e.key === "x" && current && at >= 0) {
        onSelection(withNames(selection, [current], !isSelected(selection, current)));
      } else return;
      e.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  return current;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches("textarea, select, input:not([type=checkbox]), [contenteditable]");
}
