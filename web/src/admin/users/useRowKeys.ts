import { useState } from "react";
import { type KeyActs, toSearch } from "../keys/useKeys";
import { isSelected, type Selection, withNames } from "./batch/selection";
import type { Listed } from "./live";

interface Acting {
  selection: Selection;
  onSelection: (selection: Selection) => void;
  /** Somebody's details. */
  onOpen: (person: Listed) => void;
  /** undefined is for those who may make nobody. */
  onCreate: (() => void) | undefined;
}

/** What the keys of the list do, and the row that they act on. */
export function useRowKeys(people: Listed[], { selection, onSelection, onOpen, onCreate }: Acting) {
  const [current, setCurrent] = useState<string | null>(null);
  const at = people.findIndex((p) => p.name === current);
  const person = people[at];
  const move = (to: number) => {
    const next = people[Math.min(Math.max(to, 0), people.length - 1)];
    if (!next) return;
    setCurrent(next.name);
    document.querySelector(`tr[data-name="${CSS.escape(next.name)}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const acts: KeyActs = {
    search: toSearch,
    next: () => move(at + 1),
    previous: () => move(at < 0 ? 0 : at - 1),
    select: () => person && onSelection(withNames(selection, [person.name], !isSelected(selection, person.name))),
    edit: () => person && onOpen(person),
    create: onCreate,
  };
  return { current, acts };
}
