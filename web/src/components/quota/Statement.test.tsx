import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { Statement } from "../../api/quota";
import { alice, aServer, hub } from "../../testing/hub";
import { show } from "../../testing/render";

const statement: Statement = {
  username: "alice",
  balance: 597,
  exact: "597 30/60",
  available: 540,
  unlimited: false,
  updated_at: "2026-12-01T10:00:00Z",
  recent_transactions: [
    {
      id: 9,
      amount: -2,
      exact: "-1 30/60",
      transaction_type: "usage",
      description: "",
      balance_after: 598,
      exact_after: "598 30/60",
      created_at: "2026-12-01T09:00:00Z",
      created_by: "system",
      server_name: "",
      seconds: 90,
      rate: 1,
    },
    {
      id: 8,
      amount: 1000,
      exact: "1000",
      transaction_type: "add",
      description: "For the project week",
      balance_after: 600,
      exact_after: "600",
      created_at: "2026-11-01T09:00:00Z",
      created_by: "tess",
    },
  ],
  next_before: 8,
  running: [{ server_name: "", spent: "1", held: "57", seconds: 60, rate: 1 }],
  why: [
    { of: "initial_grant", exact: "600", entries: 1 },
    { of: "usage", exact: "-1 30/60", entries: 3 },
    { of: "running", exact: "-1", entries: 1 },
    { of: "held", exact: "-57", entries: 1 },
  ],
};

/** A hub with alice's statement, which notes what was asked. */
function quota(more: Partial<Statement> = {}): { asked: URLSearchParams[] } {
  const told = { asked: [] as URLSearchParams[] };
  alice(aServer(""));
  hub.use(
    http.get("/hub/admin/api/quota/alice", ({ request }) => {
      const query = new URL(request.url).searchParams;
      told.asked.push(query);
      const older = query.has("before") ? { recent_transactions: [], next_before: null } : {};
      return HttpResponse.json({ ...statement, ...more, ...older });
    }),
  );
  return told;
}

test("one's own page says what is left and held, and how it came to that, to the last sixtieth", async () => {
  const { asked } = quota();
  const { person } = show("/hub/quota", { quota: { least: 10 } });
  expect(await screen.findByText("597 credits left")).toBeVisible();
  expect(screen.getByTitle("597 30/60 credits")).toBeVisible();
  expect(screen.getByText(/^57 of them are held for servers that run, so that another can have 540\./)).toBeVisible();
  expect(screen.getByText(/it lasts until/)).toBeVisible();
  const why = within(screen.getByRole("table", { name: "How it adds up" }));
  expect(why.getByRole("row", { name: /Used by servers \(3 times\) −1 30\/60/ })).toBeVisible();
  expect(why.getByRole("row", { name: "Free for another server 540 30/60" })).toBeVisible();
  const entries = within(screen.getByRole("table", { name: "Entries" }));
  expect(entries.getByText(/Default server ran for 1 min 30 s, at 1 credit a minute/)).toBeVisible();
  expect(entries.getByText("by tess")).toBeVisible();
  expect(entries.getByText("For the project week")).toBeVisible();
  expect(entries.getByText("+1,000")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Older" }));
  await waitFor(() => expect(asked.at(-1)?.get("before")).toBe("8"));
  expect(await screen.findByText("Nothing was used or given yet.")).toBeVisible();
});

test("home says what is left, that it is too little for a start, and where more is said", async () => {
  quota({ balance: 4, available: 4, exact: "4", running: [] });
  show("/hub/home", { quota: { least: 10 } });
  expect(await screen.findByText("4 credits left")).toBeVisible();
  expect(screen.getByText(/not enough for a start, which takes 10/)).toBeVisible();
  expect(screen.getByRole("link", { name: "How it came to that" })).toHaveAttribute("href", "/hub/quota");
});

test("who is unlimited is told so, and there is nothing of it where there are no quotas", async () => {
  const { asked } = quota({ unlimited: true, running: [] });
  const { unmount } = show("/hub/home", { quota: { least: 10 } });
  expect(await screen.findByText("Unlimited")).toBeVisible();
  expect(screen.queryByText(/not enough/)).toBeNull();
  unmount();
  const before = asked.length;
  show("/hub/home");
  expect(await screen.findByText("Stopped")).toBeVisible();
  expect(asked).toHaveLength(before);
});
