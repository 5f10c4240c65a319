import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { QuotaOf } from "../../../api/quota";
import { aServer, hub } from "../../../testing/hub";
import { show } from "../../../testing/render";

const has = (balance: number, more: Partial<QuotaOf> = {}): QuotaOf => ({
  balance,
  exact: `${balance} 43/60`,
  available: balance,
  unlimited: false,
  ...more,
});

/** A hub with people who have that. It notes what was asked of it. */
function people(quotas: Record<string, QuotaOf | undefined>) {
  const told = {
    asked: [] as URLSearchParams[],
    changes: [] as unknown[],
    keys: [] as (string | null)[],
    refuse: false,
  };
  const items = Object.entries(quotas).map(([name, quota]) => ({
    kind: "user",
    name,
    admin: false,
    groups: ["cs101"],
    last_activity: null,
    servers: { "": aServer("") },
    quota,
  }));
  hub.use(
    http.get("/hub/api/users", ({ request }) => {
      told.asked.push(new URL(request.url).searchParams);
      return HttpResponse.json({ items, _pagination: { offset: 0, limit: 50, total: items.length } });
    }),
    http.post<{ name: string }>("/hub/admin/api/quota/:name", async ({ request, params }) => {
      const change = (await request.json()) as { amount?: number };
      told.changes.push({ name: params.name, ...change });
      told.keys.push(request.headers.get("Idempotency-Key"));
      if (told.refuse) return HttpResponse.json({ message: "no", plain: "Not just now." }, { status: 409 });
      const now = {
        username: params.name,
        balance: change.amount ?? 0,
        exact: String(change.amount ?? 0),
        available: 0,
      };
      return HttpResponse.json({ ...now, unlimited: change.amount === undefined, action: "set", updated_at: null });
    }),
  );
  return told;
}

const open = (scopes: string[], query = "", quota: { least: number } | null = { least: 10 }) => {
  window.history.replaceState(null, "", `/hub/admin/users${query}`);
  return show("/hub/admin/users", { panel: true, scopes: ["list:users", ...scopes], quota });
};
const cellOf = async (name: string) => {
  const row = await screen.findByRole("row", { name: new RegExp(name) });
  return within(row).getAllByRole("cell")[3] as HTMLElement;
};

beforeEach(() => sessionStorage.clear());

test("G8: shows what people have, rounded down, with the exact amount in its title", async () => {
  people({
    ann: has(1240, { available: 1000 }),
    bob: has(8),
    cem: has(120, { unlimited: true, exact: "120" }),
    dora: undefined,
  });
  open(["read:quota"]);
  expect(await cellOf("ann")).toHaveTextContent(/^1,240$/);
  expect(within(await cellOf("ann")).getByTitle("1,240 43/60 credits, 1,000 of them held by no server")).toBeVisible();
  expect(await cellOf("bob")).toHaveTextContent("8 ⚠");
  expect(within(await cellOf("bob")).getByTitle(/not enough for a start, which takes 10/)).toBeVisible();
  expect(await cellOf("cem")).toHaveTextContent(/^unlimited$/);
  expect(await cellOf("dora")).toBeEmptyDOMElement(); // who may not be known of
  expect(screen.queryByRole("button", { name: /Change the quota/ })).toBeNull();
});

test("G8: there is no column for who may know nothing of it, and none where there are no quotas", async () => {
  const { asked } = people({ ann: has(5) });
  const { unmount } = open([], "?sort=-quota");
  expect(await screen.findByRole("row", { name: /ann/ })).toBeVisible();
  expect(screen.queryByRole("columnheader", { name: "Quota" })).toBeNull();
  expect(asked.at(-1)?.get("sort")).toBe("name");
  unmount();
  open(["read:quota"], "", null);
  expect(await screen.findByRole("row", { name: /ann/ })).toBeVisible();
  expect(screen.queryByRole("columnheader", { name: "Quota" })).toBeNull();
});

test("G8: a page of people is one request, and sorts by what they have", async () => {
  const { asked } = people({ ann: has(5), bob: has(7), cem: has(9) });
  const { person } = open(["read:quota"]);
  await cellOf("ann");
  expect(asked).toHaveLength(1);
  expect(asked[0]?.get("include_quota")).toBe("1");
  await person.click(screen.getByRole("button", { name: "Quota" }));
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe("quota"));
  expect(window.location.search).toBe("?sort=quota");
});

test("G8: is edited in the cell, by the keyboard alone", async () => {
  const { changes } = people({ ann: has(5), bob: has(7) });
  const { person } = open(["read:quota", "admin:quota"]);
  const value = within(await cellOf("ann")).getByRole("button", { name: /^Change the quota of ann/ });
  value.focus();
  await person.keyboard("{Enter}");
  const field = screen.getByRole("textbox", { name: "Quota of ann" });
  expect(field).toHaveFocus();
  expect(field).toHaveValue("5");
  await person.keyboard("300{Enter}");
  await waitFor(async () => expect(await cellOf("ann")).toHaveTextContent("300"));
  expect(within(await cellOf("ann")).getByRole("button")).toHaveFocus();
  await person.keyboard("{Enter}unlimited{Enter}");
  await waitFor(async () => expect(await cellOf("ann")).toHaveTextContent("unlimited"));
  await person.keyboard("{Enter}77{Escape}");
  expect(await cellOf("ann")).toHaveTextContent("unlimited");
  expect(changes).toEqual([
    { name: "ann", action: "set", amount: 300, unlimited: false },
    { name: "ann", action: "set_unlimited", unlimited: true },
  ]);
});

test("what means nothing is said in the cell, and what the hub refuses too; the same again is sent under the same key", async () => {
  const told = people({ ann: has(5) });
  told.refuse = true;
  const { person } = open(["read:quota", "admin:quota!group=cs101"]);
  await person.click(within(await cellOf("ann")).getByRole("button"));
  await person.keyboard("1.5{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("A whole number from 0 to 10,000,000, or “unlimited”.");
  expect(told.changes).toEqual([]);
  await person.clear(screen.getByRole("textbox", { name: "Quota of ann" }));
  await person.keyboard("9{Enter}");
  expect(await screen.findByText("Not saved. Not just now.")).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Quota of ann" })).toHaveValue("9");
  told.refuse = false;
  await person.click(screen.getByRole("button", { name: "Save the quota" }));
  await waitFor(async () => expect(await cellOf("ann")).toHaveTextContent("9"));
  expect(told.keys[0]).toBeTruthy();
  expect(told.keys[1]).toBe(told.keys[0]);
});
