import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test, vi } from "vitest";
import { daysAgo } from "../../components/chart/days";
import { hub } from "../../testing/hub";
import { show } from "../../testing/render";

const today = daysAgo(1);

const used = {
  "usage/now": {
    servers: { running: 12, waiting: 3, stopping: 0, failed: 2 },
    people: { total: 2000, active_24h: 41, active_7d: 180 },
    profiles: [
      { profile: "lab", running: 9 },
      { profile: "small", running: 3 },
    ],
  },
  "usage/days": { from: daysAgo(7), to: today, items: [{ day: today, seconds: 7200, people: 2 }] },
  "usage/users": { from: daysAgo(7), to: today, items: [{ name: "<b>ann</b>", seconds: 5400 }] },
  "usage/groups": { from: daysAgo(7), to: today, items: [{ name: "cs101", seconds: 7200, people: 2 }] },
  "usage/starts": {
    from: daysAgo(7),
    to: today,
    days: [
      { day: today, ready: 4, failed: 1, cancelled: 0, mean_seconds: 12.5, queued_seconds: 2, longest_seconds: 40 },
    ],
    causes: [{ cause: "timeout", count: 1 }],
    waits: [
      { up_to_seconds: 10, count: 3 },
      { up_to_seconds: 30, count: 0 },
      { up_to_seconds: null, count: 1 },
    ],
  },
};

/** A hub that was used like this; what it is asked for. */
function hubOf(answers: Record<string, object>) {
  const asked: string[] = [];
  hub.use(
    http.get("*/hub/api/usage/*", ({ request }) => {
      const url = new URL(request.url);
      const path = url.pathname.replace("/hub/api/", "");
      asked.push(`${path}${url.search}`);
      if (request.headers.get("Accept") === "text/csv") return HttpResponse.text("day,hours\n");
      const answer = answers[path];
      return answer ? HttpResponse.json(answer) : HttpResponse.json({ message: "It fell." }, { status: 500 });
    }),
  );
  return asked;
}

const open = (query = "", scopes = ["read:servers", "read:users:activity", "list:users"]) => {
  window.history.replaceState(null, "", `/hub/admin/dashboard${query}`);
  return show("/hub/admin/dashboard", { panel: true, scopes });
};

test("says whether all is right now, and leads to those who are counted", async () => {
  hubOf(used);
  open();
  expect(await screen.findByRole("link", { name: "Servers running: 12" })).toHaveAttribute(
    "href",
    "/hub/admin/users?q=server%3Arunning",
  );
  expect(screen.getByRole("link", { name: "Failed: 2" })).toBeVisible();
  expect(screen.getByText("180 within 7 days")).toBeVisible();
  const profiles = screen.getByRole("table", { name: "Running now, by profile" });
  expect([...profiles.querySelectorAll("tbody tr")].map((row) => row.textContent)).toEqual(["lab9", "small3"]);
});

test("says nothing of profiles where there are none", async () => {
  hubOf({ ...used, "usage/now": { ...used["usage/now"], profiles: [] } });
  open();
  expect(await screen.findByRole("link", { name: "Servers running: 12" })).toBeVisible();
  expect(screen.queryByText("Running now, by profile")).toBeNull();
});

test("does not tell when people were active to who may not know", async () => {
  hubOf(used);
  open("", ["read:servers"]);
  expect(await screen.findByText("12")).toBeVisible();
  expect(screen.queryByText(/active/)).toBeNull();
});

test("each chart has its table, and a file", async () => {
  const keep = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:x");
  vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => {});
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  const asked = hubOf(used);
  const { person } = open("?days=7");
  expect(await screen.findByRole("img", { name: /5 starts, 1 failed/ })).toBeVisible();
  const starts = within(screen.getByRole("region", { name: "Starts by day" }));
  await person.click(starts.getByRole("button", { name: "Table: Starts by day" }));
  const table = within(starts.getByRole("table", { name: "Starts by day" }));
  expect(table.getByRole("row", { name: /4 1 0 12\.5 s 2 s 40 s$/ })).toBeVisible();
  expect(screen.getByRole("row", { name: "10 s to 30 s 0" })).toBeVisible();
  expect(screen.getByRole("row", { name: "over 30 s 1" })).toBeVisible();
  expect(screen.getByRole("row", { name: "Did not answer in time 1" })).toBeVisible();
  expect(screen.getByRole("row", { name: "<b>ann</b> 1.5" })).toBeVisible();
  await person.click(screen.getByRole("button", { name: "CSV: Hours by day" }));
  await vi.waitFor(() => expect(keep).toHaveBeenCalled());
  expect(asked.filter((a) => a.startsWith("usage/days"))).toEqual(Array(2).fill(`usage/days?from=${daysAgo(7)}`));
});

test("days and group stand in the address", async () => {
  const asked = hubOf(used);
  const { person } = open();
  await person.selectOptions(await screen.findByLabelText("Show"), "365");
  expect(window.location.search).toBe("?days=365");
  await person.click(await screen.findByRole("button", { name: "cs101" }));
  expect(window.location.search).toBe("?days=365&group=cs101");
  await vi.waitFor(() => expect(asked).toContain(`usage/users?from=${daysAgo(365)}&group=cs101`));
  await person.click(screen.getByRole("button", { name: "Show everybody" }));
  expect(window.location.search).toBe("?days=365");
});

test("says of a hub that was not used that nothing was, and of one that fails what failed", async () => {
  const { "usage/days": days } = used;
  hubOf({ ...used, "usage/days": { ...days, items: [] }, "usage/groups": undefined as never });
  open();
  const hours = within(await screen.findByRole("region", { name: "Hours by day" }));
  expect(hours.getByText("Nothing in these days.")).toBeVisible();
  expect(hours.queryByRole("button")).toBeNull();
  expect(await screen.findByRole("alert")).toHaveTextContent("This can't be shown.");
});

test("keeps the numbers where the hub does not answer once, and says of when they are", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  try {
    const answers: Record<string, object> = { ...used };
    const asked = hubOf(answers);
    open();
    expect(await screen.findByRole("link", { name: "Servers running: 12" })).toBeVisible();
    delete answers["usage/now"];
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(10_000);
    await waitFor(() => expect(asked.length).toBeGreaterThan(before));
    expect(await screen.findByText(/^As of \d+:\d\d/)).toBeVisible();
    expect(screen.getByRole("link", { name: "Servers running: 12" })).toBeVisible();
    answers["usage/now"] = used["usage/now"];
    await vi.advanceTimersByTimeAsync(10_000);
    await waitFor(() => expect(screen.queryByText(/^As of/)).toBeNull());
  } finally {
    vi.useRealTimers();
  }
});
