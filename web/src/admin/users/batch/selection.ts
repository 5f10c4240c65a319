// Who is selected: names that were picked, on whatever page, or all that match a filter.

import { type Filter, filterOf, type View } from "../query";

export type Selection =
  | { kind: "names"; names: ReadonlySet<string> }
  /**
   * All that matched when there were `count`, with what was searched; the hub is given the filter, and refuses when there
   * are more by then.
   */
  | { kind: "all"; filter: Filter; search: string; count: number };

export const nobody: Selection = { kind: "names", names: new Set() };

/** All that match what the page shows. */
export function allOf(view: View, count: number): Selection {
  return { kind: "all", filter: filterOf(view), search: view.search.trim(), count };
}

/** Whether all that matched something else than the page shows by now are selected: none of its rows is said to be. */
export function isElsewhere(selection: Selection, view: View): boolean {
  return selection.kind === "all" && worded(selection.filter) !== worded(filterOf(view));
}

/** A filter in words, whichever was typed first. */
function worded(filter: Filter): string {
  return JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function countOf(selection: Selection): number {
  return selection.kind === "all" ? selection.count : selection.names.size;
}

export function isSelected(selection: Selection, name: string): boolean {
  return selection.kind === "all" || selection.names.has(name);
}

/** The selection with some names more, or without them. Of 'all that match' nobody is taken out: it ends. */
export function withNames(selection: Selection, names: Iterable<string>, on: boolean): Selection {
  const next = new Set(selection.kind === "names" ? selection.names : []);
  for (const name of names) {
    if (on) next.add(name);
    else next.delete(name);
  }
  return { kind: "names", names: next };
}

/** The names between two rows of a page, both among them, whichever comes first. */
export function between(page: string[], from: string, to: string): string[] {
  const [a, b] = [page.indexOf(from), page.indexOf(to)];
  if (a < 0 || b < 0) return [to];
  return page.slice(Math.min(a, b), Math.max(a, b) + 1);
}

/** Of a page: all of it is selected, some, or nobody. */
export function pageState(selection: Selection, page: string[]): "all" | "some" | "none" {
  const n = page.filter((name) => isSelected(selection, name)).length;
  if (n === 0) return "none";
  return n === page.length ? "all" : "some";
}

/** The names that were picked, in their order; none of 'all that match'. */
export function namesOf(selection: Selection): string[] {
  return selection.kind === "names" ? [...selection.names].sort() : [];
}
