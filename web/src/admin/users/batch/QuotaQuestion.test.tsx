import { screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { aServer, hub } from "../../../testing/hub";
import { show } from "../../../testing/render";

/** A hub with two people. A dry run says of bob that he would have less; of the job bob is refused. */
function people() {
  const told = { dry: [] as object[], asked: [] as object[] };
  const items = ["ann", "bob"].map((name) => ({
    kind: "user",
    name,
    admin: false,
    groups: [],
    last_activity: null,
    servers: { "": aServer("") },
    quota: { balance: 5, exact: "5", available: 5, unlimited: false },
  }));
  hub.use(
    http.get("/hub/api/users", () =>
      HttpResponse.json({ items, _pagination: { offset: 0, limit: 50, total: items.length } }),
    ),
    http.post("/hub/api/bulk/users/quota", async ({ request }) => {
      const { dry_run, ...body } = (await request.json()) as { dry_run?: boolean };
      if (!dry_run) {
        told.asked.push(body);
        return HttpResponse.json({ id: 7, kind: "quota", state: "running", total: 2, done: 0 }, { status: 202 });
      }
      told.dry.push(body);
      const warnings = ["has 500 credits now, and would have 100"];
      const results = [
        { username: "ann", status: "changed" },
        { username: "bob", status: "changed", warnings },
      ];
      return HttpResponse.json({ results, counts: {} });
    }),
    http.get("/hub/api/bulk/jobs/7", ({ request }) => {
      const all = new URL(request.url).searchParams.get("limit") !== "0";
      const results = [{ row: 1, username: "bob", status: "failed", message: "bob is not yours" }];
      return HttpResponse.json({
        id: 7,
        kind: "quota",
        state: "done",
        total: 2,
        done: 2,
        results: all ? results : [],
        next: null,
      });
    }),
  );
  return told;
}

const open = (scopes: string[], quota: { least: number } | null = { least: 10 }) => {
  window.history.replaceState(null, "", "/hub/admin/users");
  return show("/hub/admin/users", { panel: true, scopes: ["list:users", ...scopes], quota });
};

beforeEach(() => sessionStorage.clear());

test("G13: Set Quota says whom it changes, begins as a job, and is tried again with those who failed", async () => {
  const told = people();
  const { person } = open(["read:quota", "admin:quota"]);
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  await person.click(screen.getByRole("button", { name: "Set Quota" }));
  expect(await screen.findByText("Change the quota of 2 people?")).toBeVisible();
  await person.type(screen.getByRole("textbox", { name: "Credits" }), "1.5");
  expect(screen.getByRole("button", { name: "See whom it changes" })).toBeDisabled();
  await person.clear(screen.getByRole("textbox", { name: "Credits" }));
  await person.type(screen.getByRole("textbox", { name: "Credits" }), "100");
  expect(await screen.findByText("has 500 credits now, and would have 100")).toBeVisible();
  await person.click(screen.getByRole("radio", { name: /^So much more/ }));
  await person.clear(screen.getByRole("textbox", { name: "Credits" }));
  await person.type(screen.getByRole("textbox", { name: "Credits" }), "-20");
  await waitFor(() => expect(told.dry.at(-1)).toEqual({ usernames: ["ann", "bob"], action: "add", amount: -20 }));
  await person.click(await screen.findByRole("button", { name: "Change 2 quotas" }));
  expect(await screen.findByText("bob is not yours")).toBeVisible();
  expect(told.asked).toEqual([{ usernames: ["ann", "bob"], action: "add", amount: -20 }]);
  await person.click(screen.getByRole("button", { name: "Try those again" }));
  await waitFor(() => expect(told.asked.at(-1)).toEqual({ usernames: ["bob"], action: "add", amount: -20 }));
});

test("G13: many are made unlimited by the keyboard", async () => {
  const told = people();
  const { person } = open(["read:quota", "admin:quota!group=cs101"]);
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  await person.click(screen.getByRole("button", { name: "Set Quota" }));
  const so = await screen.findByRole("radio", { name: /^So much: set/ });
  so.focus();
  await person.keyboard("{ArrowDown}{ArrowDown}");
  expect(screen.queryByRole("textbox", { name: "Credits" })).toBeNull();
  expect(await screen.findByRole("button", { name: "Change 2 quotas" })).toBeEnabled();
  await person.keyboard("{Enter}");
  await waitFor(() => expect(told.asked).toEqual([{ usernames: ["ann", "bob"], action: "set_unlimited" }]));
});

test("G13: there is no such button for who may change no quota, and none where there are no quotas", async () => {
  people();
  const { person, unmount } = open(["read:quota", "start:servers"]);
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  expect(screen.getByRole("button", { name: "Start All Selected" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Set Quota" })).toBeNull();
  unmount();
  open(["admin:quota"], null);
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  expect(screen.queryByRole("button", { name: "Set Quota" })).toBeNull();
});
