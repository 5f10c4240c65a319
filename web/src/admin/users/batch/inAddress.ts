// A selection as it stands in the page's address: "ann/ben", or "/1240//group:cs101" for all who matched that.

import { filterOf, firstView, parseSearch } from "../query";
import { nobody, type Selection } from "./selection";

/** What it is called there. */
export const selectedKey = "selected";

/** How long it may be: addresses of some thousand characters are cut on their way, in mails and by servers between. */
export const mostCharacters = 1500;

const allThat = /^\/([1-9]\d{0,7})\/(active)?\/(.*)$/s;

/** The selection in the address' own characters; "" is nobody, null where it is too long to stand there. */
export function writeSelection(selection: Selection): string | null {
  const text =
    selection.kind === "all"
      ? `/${selection.count}/${selection.filter.state ?? ""}/${encodeURIComponent(selection.search)}`
      : [...selection.names].map(encodeURIComponent).join("/");
  return text.length > mostCharacters ? null : text;
}

/** Who is selected by an address. What cannot be read, or is searched by what means nothing, selects nobody. */
export function readSelection(raw: string): Selection {
  const text = raw.length > mostCharacters ? "" : plain(raw);
  const [, count, active, search = ""] = allThat.exec(text) ?? [];
  if (count === undefined) {
    const names = text.split("/"); // which no name has
    return names.includes("") ? nobody : { kind: "names", names: new Set(names) };
  }
  if (parseSearch(search).faults.length > 0) return nobody; // it would reach further
  const filter = filterOf({ ...firstView, search, onlyActive: active !== undefined });
  return { kind: "all", filter, search, count: Number(count) };
}

function plain(coded: string): string {
  try {
    return decodeURIComponent(coded.replaceAll("+", " ")); // as some programs write spaces
  } catch {
    return "";
  }
}
