import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { QuotaRule } from "../../api/quota";
import { hub } from "../../testing/hub";
import { show } from "../../testing/render";
import { rulesText } from "../../text/quotarules";
import { doesOf, timesOf, whomOf } from "./words";

const nobodyElse = {
  includeUnlimited: false,
  balanceBelow: null,
  balanceAbove: null,
  includeUsers: [],
  excludeUsers: [],
  usernamePattern: null,
  groups: [],
};
const weekly: QuotaRule = {
  name: "weekly",
  schedule: "0 4 * * mon",
  time_zone: "Europe/Berlin",
  per: null,
  window: null,
  catch_up: "last",
  action: "add",
  amount: 300,
  max_balance: 1000,
  min_balance: 0,
  targets: { ...nobodyElse, groups: ["cs101"], balanceBelow: 500 },
  next: new Date(Date.now() + 3 * 24 * 3600_000).toISOString(),
  last: null,
};

/** A hub with these rules, of which a dry run would change two. It notes what was asked. */
function rules(...list: QuotaRule[]) {
  const told = { bodies: [] as unknown[], keys: [] as (string | null)[], refuse: false };
  hub.use(
    http.get("/hub/api/quota/refresh", () => HttpResponse.json({ rules: list })),
    http.post("/hub/admin/api/quota/refresh", async ({ request }) => {
      const body = (await request.json()) as { dry_run?: boolean };
      told.bodies.push(body);
      told.keys.push(request.headers.get("Idempotency-Key"));
      if (told.refuse && !body.dry_run) return HttpResponse.json({ message: "no", plain: "Not now." }, { status: 409 });
      const changes = [{ username: "ann", before: 5, after: 305, exact_before: "5 30/60", exact_after: "305 30/60" }];
      return HttpResponse.json({
        users_updated: 2,
        total_change: 600,
        exact_change: "600",
        skipped: 1,
        action: "add",
        rule_name: "weekly",
        dry_run: !!body.dry_run,
        ...(body.dry_run && { changes }),
      });
    }),
  );
  return told;
}

const open = (scopes: string[], quota: { least: number } | null = { least: 10 }) => {
  window.history.replaceState(null, "", "/hub/admin/quota");
  return show("/hub/admin/quota", { panel: true, scopes: ["list:users", ...scopes], quota });
};

test("lists the rules: what each does, for whom, when it comes next and what it did last", async () => {
  rules(weekly, {
    ...weekly,
    name: "yearly",
    next: null,
    last: { at: "2026-01-01T00:00:00Z", due: "2026-01-01T00:00:00Z", users_updated: 12, total_change: 1, skipped: 0 },
  });
  open(["read:quota"]);
  const row = await screen.findByRole("row", { name: /weekly/ });
  for (const said of ["adds 300, up to 1,000", "members of cs101, who has less than 500", "in 3 days", "not yet"]) {
    expect(within(row).getByText(said)).toBeVisible();
  }
  const other = screen.getByRole("row", { name: /yearly/ });
  expect(within(other).getByText("never again")).toBeVisible();
  expect(within(other).getByText(/changed 12 people/)).toBeVisible();
  expect(screen.queryByRole("button", { name: /What would/ })).toBeNull(); // without admin:quota
});

test("says what a rule would do, and does it when it is asked to, once", async () => {
  const told = rules(weekly);
  const { person } = open(["read:quota", "admin:quota"]);
  await person.click(await screen.findByRole("button", { name: "What would it do? weekly" }));
  expect(
    await screen.findByText("It would change 2 people, by 600 credits in all. 1 person would stay as they are."),
  ).toBeVisible();
  expect(screen.getByRole("row", { name: "ann 5 30/60 305 30/60" })).toBeVisible();
  expect(screen.getByText("The first 1 of 2.")).toBeVisible();
  told.refuse = true;
  await person.click(screen.getByRole("button", { name: "Do it now" }));
  expect(await screen.findByText("Not now.")).toBeVisible();
  told.refuse = false;
  await person.click(screen.getByRole("button", { name: "Do it now" }));
  expect(await screen.findByText("Done: it changed 2 people, by 600 credits in all.")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Do it now" })).toBeNull();
  expect(told.bodies).toEqual([
    { rule_name: "weekly", dry_run: true },
    { rule_name: "weekly" },
    { rule_name: "weekly" },
  ]);
  expect(told.keys[1]).toBeTruthy();
  expect(told.keys[2]).toBe(told.keys[1]);
});

test("says where rules are made where there is none, and has no page where there are no quotas", async () => {
  rules();
  const { unmount } = open(["read:quota"]);
  expect(await screen.findByText(/There is none: they are made in the hub's configuration/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Quota" })).toHaveAttribute("aria-current", "page");
  unmount();
  open(["read:quota"], null);
  await waitFor(() => expect(window.location.pathname).toBe("/hub/admin/users"));
  expect(screen.queryByRole("link", { name: "Quota" })).toBeNull();
});

test("what a rule does, and for whom, is said in words", () => {
  const text = rulesText.en;
  const rule = (more: Partial<QuotaRule>): QuotaRule => ({ ...weekly, ...more });
  expect(doesOf(rule({ action: "set", amount: 50 }), text)).toBe("sets to 50");
  expect(doesOf(rule({ amount: -20, max_balance: null }), text)).toBe("takes 20 away, not below 0");
  expect(doesOf(rule({ max_balance: null }), text)).toBe("adds 300");
  expect(doesOf(rule({ window: 604800, amount: 0 }), text)).toBe("gives back what was used");
  expect(timesOf(rule({ window: 604800 }), text)).toBe("168 hours after it");
  expect(timesOf(rule({ per: 86400 }), text)).toBe("in the course of 24 hours");
  expect(whomOf(rule({ targets: nobodyElse }), text)).toBe("everybody");
  const targets = {
    ...nobodyElse,
    excludeUsers: ["bob"],
    usernamePattern: "aup",
    balanceAbove: 3,
    includeUnlimited: true,
  };
  expect(whomOf(rule({ targets }), text)).toBe(
    "whose names begin with aup, who has more than 3, not bob, also who is unlimited",
  );
});
