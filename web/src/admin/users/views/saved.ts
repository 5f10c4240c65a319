import type { SavedView } from "../../../api/views";
import { readView, type View, writeView } from "../query";

/** What of a view is saved: not the page, of which there may be more or fewer by then. */
export function queryOf(view: View): string {
  return writeView({ ...view, page: 1 }).toString();
}

/** Tells whether this saved view is what is shown. */
export function isView(saved: SavedView, view: View): boolean {
  return queryOf(readView(new URLSearchParams(saved.query))) === queryOf(view);
}

/** Tells whether a view may have this name: addresses have no room for one of dots alone. */
export function mayBeName(name: string): boolean {
  return name !== "" && name !== "." && name !== "..";
}
