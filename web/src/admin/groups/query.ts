/** What is kept of groups in the browser. */
export const groupsKey = ["groups"] as const;

/** Which groups the page shows, as its address says. */
export interface GroupsView {
  /** Part of their names. */
  search: string;
  sort: GroupSort;
  descending: boolean;
  /** From 1. */
  page: number;
  /** How many on a page. */
  size: number;
}

export const groupSorts = ["name", "members"] as const;
export type GroupSort = (typeof groupSorts)[number];

const sizes = [20, 50, 100];
export const longestSearch = 255;
export const firstGroups: GroupsView = { search: "", sort: "name", descending: false, page: 1, size: 50 };

/** Reads the page's address. What it has no word for is as at first: addresses are shared, and outlive versions. */
export function readGroups(address: URLSearchParams): GroupsView {
  const sort = address.get("sort") ?? "";
  const page = address.get("page") ?? "";
  const size = Number(address.get("size"));
  return {
    search: (address.get("q") ?? "").slice(0, longestSearch),
    sort: groupSorts.find((s) => s === sort.replace(/^-/, "")) ?? firstGroups.sort,
    descending: sort.startsWith("-"),
    page: /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1,
    size: sizes.includes(size) ? size : firstGroups.size,
  };
}

/** The page's address for a view, the shortest there is. */
export function writeGroups(view: GroupsView): URLSearchParams {
  const address = new URLSearchParams();
  const sort = (view.descending ? "-" : "") + view.sort;
  if (view.search) address.set("q", view.search);
  if (sort !== firstGroups.sort) address.set("sort", sort);
  if (view.page !== 1) address.set("page", String(view.page));
  if (view.size !== firstGroups.size) address.set("size", String(view.size));
  return address;
}

/** The query of GET /groups. */
export function groupsQuery(view: GroupsView): string {
  const query = new URLSearchParams({
    sort: (view.descending ? "-" : "") + view.sort,
    offset: String((view.page - 1) * view.size),
    limit: String(view.size),
  });
  if (view.search) query.set("name_filter", view.search);
  return query.toString();
}

/** The address with the details of a group open, or of none. */
export function withGroup(address: URLSearchParams, group: string | null): URLSearchParams {
  const next = new URLSearchParams(address);
  if (group === null) next.delete("group");
  else next.set("group", group);
  return next;
}
