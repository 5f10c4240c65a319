// What is typed into the search box, and what the hub is asked for.

/** Servers by what they do, as chips and the API name it. */
export const serverStates = ["running", "pending", "failed", "stopped"] as const;
/** What is special about an account. */
export const accountStates = ["unclaimed", "must_change", "suspended", "dormant"] as const;

type ServerState = (typeof serverStates)[number];
export type AccountState = (typeof accountStates)[number];

/** Those people to whom all of it applies, as bulk requests and lists take it. */
export interface UserFilter {
  /** Part of their names. */
  name?: string;
  group?: string;
  server?: ServerState;
  admin?: boolean;
  account?: AccountState;
  /** They were seen within this span, "7d". */
  seen_within?: string;
  /** They were not seen for this span, or never. */
  unseen_for?: string;
  never_seen?: boolean;
}

/** A part of the search that means nothing. */
export type Fault =
  | { kind: "key"; word: string }
  | { kind: "value"; word: string; allowed: string[] }
  | { kind: "twice"; word: string }
  | { kind: "long"; word: string };

export interface Search {
  filter: UserFilter;
  faults: Fault[];
}

/** What of a search stands in the address: one that is too long can be told from others, and is no longer than that. */
export function kept(search: string): string {
  return search.slice(0, maxSearch + 1);
}

/** How long a search may be: longer than any that means something. */
const maxSearch = 500;

const words = /(?:[^\s"]+|"[^"]*"?)+/g;
const keyed = /^([a-z]+):(.*)$/i;
const answers = new Map([
  ["yes", true],
  ["true", true],
  ["no", false],
  ["false", false],
]);
const span = /^\d{1,5}[hdw]$/;

/** Reads a search: words of a name, and key:value for all else. */
export function parseSearch(text: string): Search {
  const search: Search = { filter: {}, faults: [] };
  if (text.length > maxSearch) search.faults.push({ kind: "long", word: "" });
  for (const word of text.slice(0, maxSearch).match(words) ?? []) {
    const [, key, value] = keyed.exec(word) ?? [];
    if (key === undefined || value === undefined) name(search, unquote(word));
    else if (value !== "") apply(search, word, key.toLowerCase(), unquote(value)); // else it is being typed
  }
  return search;
}

function name({ filter, faults }: Search, text: string): void {
  if (filter.name !== undefined) faults.push({ kind: "twice", word: text });
  else if (text) filter.name = text;
}

function apply(search: Search, word: string, key: string, value: string): void {
  const { filter, faults } = search;
  const once = <K extends keyof UserFilter>(field: K, found: UserFilter[K] | undefined, allowed: readonly string[]) => {
    if (found === undefined) faults.push({ kind: "value", word, allowed: [...allowed] });
    else if (filter[field] !== undefined) faults.push({ kind: "twice", word });
    else filter[field] = found;
  };
  if (key === "group") once("group", value, []);
  else if (key === "server") once("server", pick(serverStates, value), serverStates);
  else if (key === "admin") once("admin", answers.get(value.toLowerCase()), ["yes", "no"]);
  else if (key === "state") {
    once("account", pick(accountStates, value.replace("-", "_")), accountStates.map(shown));
  } else if (key === "active") active(search, word, value.toLowerCase());
  else faults.push({ kind: "key", word });
}

function active({ filter, faults }: Search, word: string, value: string): void {
  const time = value.slice(1);
  const taken = filter.seen_within ?? filter.unseen_for ?? filter.never_seen;
  if (value === "never" && taken === undefined) filter.never_seen = true;
  else if (value.startsWith("<") && span.test(time) && filter.seen_within === undefined) filter.seen_within = time;
  else if (value.startsWith(">") && span.test(time) && filter.unseen_for === undefined) filter.unseen_for = time;
  else if (taken !== undefined) faults.push({ kind: "twice", word });
  else faults.push({ kind: "value", word, allowed: ["<7d", ">180d", "never"] });
}

/** A value of the API as chips have it. */
export function shown(value: string): string {
  return value.replace("_", "-");
}

function pick<T extends string>(allowed: readonly T[], value: string): T | undefined {
  return allowed.find((a) => a === value.toLowerCase());
}

function unquote(text: string): string {
  return text.replaceAll('"', "");
}

/** The search with a word more, or with it in the place of another one of its key; without it, where it is there. */
export function toggleWord(text: string, word: string): string {
  const key = `${word.split(":", 1)[0]}:`;
  const others = (text.match(words) ?? []).filter((w) => !w.startsWith(key));
  return (text.split(/\s+/).includes(word) ? others : [...others, word]).join(" ");
}

/** A word for a value that may have spaces. */
export function wordFor(key: string, value: string): string {
  return /\s/.test(value) ? `${key}:"${value}"` : `${key}:${value}`;
}

export const sorts = ["name", "groups", "admin", "quota", "server", "last_activity"] as const;
export type Sort = (typeof sorts)[number];

/** What the page shows, as it stands in its address. */
export interface View {
  search: string;
  onlyActive: boolean;
  sort: Sort;
  descending: boolean;
  /** From 1. */
  page: number;
  /** How many on a page. */
  size: number;
}

export const sizes = [20, 50, 100] as const;
export const firstView: View = { search: "", onlyActive: false, sort: "name", descending: false, page: 1, size: 50 };

const pageNumber = /^[1-9]\d{0,5}$/;

/** Reads the page's address. What it has no word for is as at first: addresses are shared, and outlive versions. */
export function readView(params: URLSearchParams): View {
  const sort = params.get("sort") ?? "";
  const page = params.get("page") ?? "";
  const size = Number(params.get("size"));
  return {
    search: kept(params.get("q") ?? ""),
    onlyActive: params.get("active") === "1",
    sort: pick(sorts, sort.replace(/^-/, "")) ?? firstView.sort,
    descending: sort.startsWith("-"),
    page: pageNumber.test(page) ? Number(page) : 1,
    size: sizes.find((s) => s === size) ?? firstView.size,
  };
}

/** A part of the page's address that means nothing. What the search has of it is said at its box. */
export interface AddressFault {
  kind: "sort" | "page" | "part";
  word: string;
}

const meanings: Record<string, (value: string) => boolean> = {
  q: () => true,
  user: () => true,
  active: (value) => value === "1",
  sort: (value) => pick(sorts, value.replace(/^-/, "")) !== undefined,
  page: (value) => pageNumber.test(value),
  size: (value) => sizes.some((s) => String(s) === value),
};

/**
 * What of the page's address means nothing, by which it is not the view that was meant. There are people who do not see
 * the column of quotas, and hubs that have none.
 */
export function addressFaults(params: URLSearchParams, quota = false): AddressFault[] {
  return [...params].flatMap(([key, value]): AddressFault[] => {
    const hidden = key === "sort" && value.replace(/^-/, "") === "quota" && !quota;
    if (!hidden && Object.hasOwn(meanings, key) && meanings[key]?.(value)) return [];
    if (key === "sort" || key === "page") return [{ kind: key, word: short(value) }];
    return [{ kind: "part", word: short(`${key}=${value}`) }];
  });
}

function short(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}…` : word;
}

/** The page's address for a view, the shortest there is. */
export function writeView(view: View): URLSearchParams {
  const params = new URLSearchParams();
  if (view.search) params.set("q", kept(view.search));
  if (view.onlyActive) params.set("active", "1");
  const sort = (view.descending ? "-" : "") + view.sort;
  if (sort !== firstView.sort) params.set("sort", sort);
  if (view.page !== 1) params.set("page", String(view.page));
  if (view.size !== firstView.size) params.set("size", String(view.size));
  return params;
}

/** What is searched, and 'Only Active Servers'. */
export type Filter = UserFilter & { state?: "active" };

/** The filter of a view. */
export function filterOf(view: View): Filter {
  const { filter } = parseSearch(view.search);
  return view.onlyActive ? { ...filter, state: "active" } : filter;
}

/** The query of GET /users for a view; what people have comes with them, where the viewer may know it. */
export function listQuery(view: View): string {
  return `${pageQuery(filterOf(view), view)}&include_quota=1`;
}

/** The query of GET /users for a page of those whom a filter finds. */
export function pageQuery(
  { name, ...filter }: Filter,
  view: Pick<View, "sort" | "descending" | "page" | "size">,
): string {
  const params = new URLSearchParams({ include_stopped_servers: "1" });
  if (name) params.set("name_filter", name);
  for (const [key, value] of Object.entries(filter)) params.set(key, String(value));
  params.set("sort", (view.descending ? "-" : "") + view.sort);
  params.set("offset", String((view.page - 1) * view.size));
  params.set("limit", String(view.size));
  return params.toString();
}
