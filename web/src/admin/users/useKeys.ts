import { useState } from "react";
import type { Person } from "../../api/users";
import { useListKeys } from "../useListKeys";
import { isSelected, type Selection, withNames } from "./batch/selection";

/**
 * The keys of the list beside that of the search: j and k for the next row and the one before, x to select it. The result
 * is the row that they act on.
 */
export function useKeys(people: Person[], selection: Selection, onSelection: (s: Selection) => void): string | null {
  const [current, setCurrent] = useState<string | null>(null);
  useListKeys((key) => {
    const at = people.findIndex((p) => p.name === current);
    const move = (to: number) => {
      const person = people[Math.min(Math.max(to, 0), people.length - 1)];
      if (!person) return;
      setCurrent(person.name);
      document.querySelector(`tr[data-name="${CSS.escape(person.name)}"]`)?.scrollIntoView({ block: "nearest" });
    };
    if (key === "j") move(at + 1);
    else if (key === "k") move(at < 0 ? 0 : at - 1);
    else if (key === "x" && current && at >= 0) {
      onSelection(withNames(selection, [current], !isSelected(selection, current)));
    } else return false;
    return true;
  });
  return current;
}
