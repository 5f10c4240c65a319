// What the dashboard shows stands in its address: for how many days, and of which group.

export const periods = [7, 30, 90, 365] as const;
type Period = (typeof periods)[number];

export interface View {
  days: Period;
  /** Empty: everybody. */
  group: string;
}

/** Reads an address; what means nothing is as if it were not there. */
export function readView(address: URLSearchParams): View {
  const days = periods.find((n) => String(n) === address.get("days")) ?? 30;
  return { days, group: address.get("group") ?? "" };
}

/** The address of a view. */
export function writeView(view: View): URLSearchParams {
  const address = new URLSearchParams();
  if (view.days !== 30) address.set("days", String(view.days));
  if (view.group) address.set("group", view.group);
  return address;
}

/** What the hub is asked for; from is the first day. */
export function usageQuery(view: View, from: string): string {
  const query = new URLSearchParams({ from });
  if (view.group) query.set("group", view.group);
  return query.toString();
}
