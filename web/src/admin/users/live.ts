import type { HubEvent } from "../../api/schema.gen";
import type { Page, Person } from "../../api/users";

/** Somebody in the list, who may be gone since it was read. */
export type Listed = Person & { gone?: boolean };

/** What is shown, with the cells of what was just read: rows keep their places, and who is gone keeps theirs. */
export function inShownOrder(shown: Page<Listed>, fresh: Page<Person>): Page<Listed> {
  const now = new Map(fresh.items.map((p) => [p.name, p]));
  return { ...fresh, items: shown.items.map((p) => now.get(p.name) ?? p) };
}

/** Whether the rows would be others, or in another order. */
export function isOtherOrder(shown: Page<Person>, fresh: Page<Person>): boolean {
  const names = (page: Page<Person>) => page.items.map((p) => p.name).join("\n");
  return names(shown) !== names(fresh);
}

/** The page with somebody marked as gone, deleted or renamed: their row keeps its place until others take it. */
export function withGone(page: Page<Listed>, { name }: HubEvent): Page<Listed> {
  return { ...page, items: page.items.map((p) => (p.name === name ? { ...p, gone: true } : p)) };
}

/** The page with what an event says of somebody's server. */
export function withServer(page: Page<Listed>, { name, gone, server }: HubEvent): Page<Listed> {
  if (!server) return page;
  const change = (person: Listed): Listed => {
    const { [server.name]: former, ...others } = person.servers ?? {};
    if (gone) return { ...person, servers: others };
    const { devices: _, waits_for: __, ...kept } = former ?? {}; // an event says of these what is so
    const now = { ...kept, queue_place: null, ...server } as NonNullable<Person["servers"]>[string];
    return { ...person, servers: { ...others, [server.name]: now } };
  };
  return { ...page, items: page.items.map((p) => (p.name === name && p.servers ? change(p) : p)) };
}
