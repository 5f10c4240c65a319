import { act, screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test, vi } from "vitest";
import type { Person } from "../../api/users";
import { FakeEventSource } from "../../testing/eventSource";
import { aServer, hub, ready } from "../../testing/hub";
import { show } from "../../testing/render";
import { around } from "../Pager";

const somebody = (name: string, more: Partial<Person> = {}): Person => ({
  kind: "user",
  name,
  admin: false,
  groups: [],
  last_activity: null,
  servers: { "": aServer("") },
  ...more,
});

/** A hub with these people. It answers each list alike, and notes what was asked. */
function people(...list: Person[]): { asked: URLSearchParams[]; bodies: unknown[]; total: number } {
  const told = { asked: [] as URLSearchParams[], bodies: [] as unknown[], total: list.length };
  hub.use(
    http.get("/hub/api/users", ({ request }) => {
      const query = new URL(request.url).searchParams;
      told.asked.push(query);
      return HttpResponse.json({ items: list, _pagination: { offset: 0, limit: 50, total: told.total } });
    }),
    http.post("/hub/api/bulk/:what/:action", async ({ request, params }) => {
      const body = (await request.json()) as { dry_run?: boolean };
      if (body.dry_run)
        return HttpResponse.json({ results: list.map((p) => ({ username: p.name, status: "changed" })) });
      told.bodies.push({ action: params.action, ...body });
      return HttpResponse.json({ id: 7, kind: "start:servers", state: "running", total: 2, done: 0 }, { status: 202 });
    }),
    http.get("/hub/api/bulk/jobs/7", ({ request }) => {
      const results = [{ row: 1, username: "aup02", status: "failed", message: "aup02 is suspended" }];
      const all = new URL(request.url).searchParams.get("limit") !== "0";
      return HttpResponse.json({ id: 7, state: "done", total: 2, done: 2, results: all ? results : [], next: null });
    }),
  );
  return told;
}

const powers = ["start:servers", "delete:servers", "admin:users", "delete:users", "groups"];

const open = (query = "") => {
  window.history.replaceState(null, "", `/hub/admin/users${query}`);
  return show("/hub/admin/users", { panel: true, scopes: ["list:users", ...powers] });
};

beforeEach(() => sessionStorage.clear());

test("shows who is there, in the guide's columns", async () => {
  people(
    somebody("aup01", { groups: ["cs101", "lab2"], servers: { "": aServer("", { ...ready, profile: "gpu" }) } }),
    somebody("teacher01", { admin: true, suspended: true }),
    somebody("aup02", { must_change_password: true }),
  );
  open();
  const row = await screen.findByRole("row", { name: /aup01/ });
  expect(within(screen.getByRole("row", { name: /aup02/ })).getByText("Must change password")).toBeVisible();
  expect(within(row).getByText("cs101, lab2")).toBeVisible();
  expect(within(row).getByText("Running")).toBeVisible();
  expect(within(row).getByText("gpu")).toBeVisible();
  const teacher = screen.getByRole("row", { name: /teacher01/ });
  expect(within(teacher).getByText("Admin")).toBeVisible();
  expect(within(teacher).getByText("Suspended")).toBeVisible();
  const heads = screen.getAllByRole("columnheader").map((head) => head.textContent);
  expect(heads).toEqual(["", "Username", "Groups", "Admin", "Server", "Last Activity", "Actions"]);
});

test("searches, filters and sorts by the address, and 'back' leads back", async () => {
  const { asked } = people(somebody("aup01"));
  const { person } = open();
  await person.type(await screen.findByRole("textbox"), "aup group:cs101");
  await waitFor(() => expect(asked.at(-1)?.get("group")).toBe("cs101"));
  expect(asked.at(-1)?.get("name_filter")).toBe("aup");
  await person.click(screen.getByRole("checkbox", { name: "Only Active Servers" }));
  await waitFor(() => expect(asked.at(-1)?.get("state")).toBe("active"));
  await person.click(screen.getByRole("button", { name: "Last Activity" }));
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe("last_activity"));
  await person.click(screen.getByRole("button", { name: "Last Activity" }));
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe("-last_activity"));
  expect(screen.getByRole("columnheader", { name: "Last Activity" })).toHaveAttribute("aria-sort", "descending");
  expect(window.location.search).toBe("?q=aup+group%3Acs101&active=1&sort=-last_activity");
});

test("a teacher is offered nothing on an administrator in the class, and their own rights on a student", async () => {
  const groups = ["cs101"];
  const running = { "": aServer("", ready) };
  people(somebody("ada", { groups }), somebody("dean", { groups, admin: true, above: true, servers: running }));
  window.history.replaceState(null, "", "/hub/admin/users");
  const scopes = ["list:users", "start:servers", "delete:servers", "access:servers", "admin:passwords"];
  show("/hub/admin/users", { panel: true, scopes: scopes.map((scope) => `${scope}!group=cs101`) });
  const offered = async (name: string) => {
    const row = await screen.findByRole("row", { name: new RegExp(name) });
    return within(row)
      .queryAllByRole("button")
      .concat(within(row).queryAllByRole("link"))
      .map((button) => button.getAttribute("aria-label") ?? button.textContent);
  };
  expect(await offered("ada")).toEqual(["ada", "Set the password of ada", "Start the server of ada"]);
  expect(await offered("dean")).toEqual(["dean"]);
  expect(screen.queryByRole("button", { name: "Create Users" })).toBeNull();
});

test("says in place that a filter means nothing", async () => {
  people(somebody("aup01"));
  const { person } = open();
  await person.type(await screen.findByRole("textbox"), "grup:x");
  expect(await screen.findByText(/“grup:x” is no filter/)).toBeVisible();
});

test("takes a search of 10,000 characters, says that it is too long, and offers nothing for all that match", async () => {
  const told = people(somebody("aup01"));
  told.total = 1240;
  const { person } = open();
  const box = await screen.findByRole("textbox");
  await person.click(box);
  await person.paste("x".repeat(10_000));
  expect(await screen.findByText(/at most 500 characters/)).toBeVisible();
  await waitFor(() => expect(told.asked.at(-1)?.get("name_filter")).toHaveLength(500));
  expect(box).toHaveValue("x".repeat(10_000));
  expect(window.location.search).toHaveLength("?q=".length + 501);
  const live = [...document.querySelectorAll("[aria-live=polite]")]; // what comes later is not read out
  await person.click(screen.getByRole("checkbox", { name: "Select aup01" }));
  expect(live).toContain(screen.getByText("1 selected"));
  expect(screen.getByText("1 selected")).toBeVisible();
  expect(screen.queryByRole("button", { name: /that match/ })).toBeNull();
});

test("offers to show everybody where nobody matches", async () => {
  people();
  const { person } = open("?q=nobody");
  await person.click(await screen.findByRole("button", { name: "Show everybody" }));
  expect(window.location.search).toBe("");
});

test("starts and stops a server from its row, the latter after a question", async () => {
  const calls: string[] = [];
  people(somebody("aup01"), somebody("aup02", { servers: { "": aServer("", ready) } }));
  hub.use(
    http.post("/hub/api/users/aup01/server", () => {
      calls.push("start");
      return HttpResponse.json({ message: "the disk is full", plain: "The hub's disk is full." }, { status: 503 });
    }),
    http.delete("/hub/api/users/aup02/server", () => {
      calls.push("stop");
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { person } = open();
  await person.click(await screen.findByRole("button", { name: "Start the server of aup01" }));
  expect(await screen.findByText("The server of aup01 could not be started.")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Stop the server of aup02" }));
  expect(calls).toEqual(["start"]);
  await person.click(await screen.findByRole("button", { name: "Stop" }));
  await waitFor(() => expect(calls).toEqual(["start", "stop"]));
});

test("keeps a selection while the page sorts, and starts all who are in it as one job", async () => {
  const { bodies } = people(somebody("aup01"), somebody("aup02"), somebody("aup03"));
  const { person } = open();
  await person.click(await screen.findByRole("checkbox", { name: "Select aup01" }));
  await person.keyboard("{Shift>}");
  await person.click(screen.getByRole("checkbox", { name: "Select aup02" }));
  await person.keyboard("{/Shift}");
  await person.click(screen.getByRole("button", { name: "Username" }));
  expect(await screen.findByText("2 selected")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Start All Selected" }));
  await person.click(await screen.findByRole("button", { name: "Start 3 servers" }));
  expect(await screen.findByText(/2 of 2 done/)).toBeVisible();
  expect(screen.getByText("aup02 is suspended")).toBeVisible();
  expect(bodies).toEqual([{ action: "start", servers: [{ username: "aup01" }, { username: "aup02" }] }]);
  await person.click(screen.getByRole("button", { name: "Try those again" }));
  await waitFor(() => expect(bodies.at(-1)).toEqual({ action: "start", servers: [{ username: "aup02" }] }));
});

test("has the selection in its address, where 'back' leaves it, and takes it from there", async () => {
  people(somebody("aup01"), somebody("aup02"), somebody("aup03"));
  const { person, unmount } = open("?selected=aup02/elsewhere");
  expect(await screen.findByRole("checkbox", { name: "Select aup02" })).toBeChecked();
  expect(screen.getByText("2 selected")).toBeVisible();
  const steps = window.history.length;
  await person.click(screen.getByRole("checkbox", { name: "Select aup01" }));
  await waitFor(() => expect(window.location.search).toBe("?selected=aup02/elsewhere/aup01"));
  expect(window.history.length).toBe(steps);
  await person.click(screen.getByRole("button", { name: "Groups" }));
  expect(window.location.search).toBe("?sort=groups&selected=aup02/elsewhere/aup01");
  await person.click(screen.getByRole("checkbox", { name: "Select aup03" }));
  act(() => window.history.back());
  await waitFor(() => expect(window.location.search).toBe("?selected=aup02/elsewhere/aup01/aup03"));
  expect(screen.getByText("4 selected")).toBeVisible();
  expect(screen.queryByText(/Not all of this address/)).toBeNull();
  unmount();
  open(window.location.search);
  expect(await screen.findByText("4 selected")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Clear the selection" }));
  await waitFor(() => expect(window.location.search).toBe(""));
});

test("has all that match in its address as what is searched, and says what it has no room for", async () => {
  const told = people(...Array.from({ length: 200 }, (_, n) => somebody(`student-number-${n}`)));
  told.total = 1240;
  const { person, unmount } = open("?q=group%3Acs101");
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  expect(await screen.findByText(/Too many for the page's address/)).toBeVisible();
  expect(window.location.search).toBe("?q=group%3Acs101");
  await person.click(screen.getByRole("button", { name: "Select all 1,240 that match" }));
  await waitFor(() => expect(window.location.search).toBe("?q=group%3Acs101&selected=/1240//group%3Acs101"));
  expect(screen.queryByText(/Too many for the page's address/)).toBeNull();
  unmount();
  open(window.location.search);
  expect(await screen.findByText("1,240 selected")).toBeVisible();
});

test("tries those who failed again also where the work was asked for elsewhere", async () => {
  const { bodies } = people(somebody("aup01"), somebody("aup02"));
  const job = { id: 8, kind: "leave", state: "done", total: 2, done: 2, created: "2026-03-01T00:00:00Z" };
  const results = [{ row: 1, username: "aup02", status: "failed", message: "aup02 was changed meanwhile" }];
  hub.use(
    http.get("/hub/api/bulk/jobs", () => HttpResponse.json({ jobs: [job], before: null })),
    http.get("/hub/api/bulk/jobs/8", () => HttpResponse.json({ ...job, group: "cs101", results, next: null })),
  );
  const { person } = open();
  await person.click(await screen.findByRole("button", { name: "Batches" }));
  await person.click(await screen.findByRole("button", { name: "Removing from a group" }));
  await person.click(await screen.findByRole("button", { name: "Try those again" }));
  await waitFor(() => expect(bodies).toEqual([{ action: "remove", usernames: ["aup02"], group: "cs101" }]));
});

test("gives the hub the filter, and how many it stands for, where all that match are selected", async () => {
  const told = people(somebody("aup01"), somebody("aup02"));
  told.total = 1240;
  const { person } = open("?q=group:cs101");
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  await person.click(screen.getByRole("button", { name: "Select all 1,240 that match" }));
  expect(screen.getByText("1,240 selected")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Stop All Selected" }));
  await person.click(await screen.findByRole("button", { name: "Stop 2 servers" }));
  await waitFor(() => expect(told.bodies).toHaveLength(1));
  expect(told.bodies[0]).toEqual({ action: "stop", filter: { group: "cs101" }, confirmed: 2 });
});

test("deletes many only once their number was typed", async () => {
  const told = people(somebody("aup01"), somebody("aup02"));
  const { person } = open();
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  await person.click(screen.getByText("More"));
  await person.click(screen.getByRole("button", { name: "Delete" }));
  const act = await screen.findByRole("button", { name: "Delete 2 people" });
  expect(act).toBeDisabled();
  await person.type(screen.getByRole("textbox", { name: "Type 2 to delete them" }), "2{Escape}"); // what is typed stays
  await person.click(act);
  await waitFor(() => expect(told.bodies).toEqual([{ action: "delete", usernames: ["aup01", "aup02"] }]));
});

test("makes a password for each of all that match, whose names it reads first", async () => {
  const told = people(somebody("aup01"), somebody("aup02"));
  told.total = 2;
  const { person } = open("?q=aup");
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  await person.click(screen.getByText("More"));
  await person.click(screen.getByRole("button", { name: "Set Passwords" }));
  await person.click(await screen.findByRole("button", { name: "Set 2 passwords" }));
  expect(
    await screen.findByText("These passwords are shown this once. Take them before you close this."),
  ).toBeVisible();
  const [body] = told.bodies as { users: { username: string; password: string }[] }[];
  expect(body?.users.map((u) => u.username)).toEqual(["aup01", "aup02"]);
  expect(screen.getByText(body?.users[0]?.password ?? "none")).toBeVisible();
  expect(screen.queryByText(body?.users[1]?.password ?? "none")).toBeNull();
});

test("gives passwords to all that matched when they were selected, whatever is searched since", async () => {
  const told = people(somebody("aup01"), somebody("aup02"));
  told.total = 3;
  const { person } = open("?q=aup");
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  await person.click(screen.getByRole("button", { name: "Select all 3 that match" }));
  await person.clear(screen.getByRole("textbox"));
  await person.type(screen.getByRole("textbox"), "teacher");
  expect(await screen.findByText("3 selected that matched “aup”")).toBeVisible();
  for (const box of screen.getAllByRole("checkbox", { name: /^Select/ })) expect(box).not.toBeChecked();
  await waitFor(() => expect(told.asked.at(-1)?.get("name_filter")).toBe("teacher"));
  told.asked.length = 0;
  await person.click(screen.getByText("More"));
  await person.click(screen.getByRole("button", { name: "Set Passwords" }));
  await screen.findByRole("button", { name: /^Set \d+ passwords/ });
  await waitFor(() => expect(told.asked.length).toBeGreaterThan(0));
  expect(told.asked.map((q) => q.get("name_filter"))).not.toContain("teacher");
});

test("names what a batch would leave out before it is asked for", async () => {
  people(somebody("aup01"), somebody("aup02"));
  hub.use(
    http.post("/hub/api/bulk/groups/add", () =>
      HttpResponse.json({ results: [{ username: "aup01", status: "failed", message: "The group gives too much." }] }),
    ),
  );
  const { person } = open();
  await person.click(await screen.findByRole("checkbox", { name: "Select all on this page" }));
  await person.click(screen.getByText("More"));
  await person.click(screen.getByRole("button", { name: "Add to a group" }));
  await person.type(screen.getByRole("textbox", { name: "Group" }), "cs101{Enter}");
  expect(await screen.findByText("The group gives too much.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Add 0 people" })).toBeDisabled();
});

test("is walked by keys", async () => {
  people(somebody("aup01"), somebody("aup02"));
  const { person } = open();
  await screen.findByRole("row", { name: /aup01/ });
  await person.keyboard("jjx/");
  expect(screen.getByRole("checkbox", { name: "Select aup02" })).toBeChecked();
  expect(screen.getByRole("textbox")).toHaveFocus();
});

test("has keys that edit and create, and one that lists all of them", async () => {
  people(somebody("aup01"), somebody("aup02"));
  hub.use(http.get("/hub/api/users/aup02", () => HttpResponse.json(somebody("aup02"))));
  const { person } = open();
  await screen.findByRole("row", { name: /aup01/ });
  await person.keyboard("e"); // no row is meant yet
  expect(screen.queryByRole("dialog")).toBeNull();
  await person.keyboard("?");
  const help = await screen.findByRole("dialog", { name: "Keys" });
  expect(
    within(help)
      .getAllByRole("term")
      .map((key) => key.textContent),
  ).toEqual(["/", "j", "k", "x", "e", "c", "?"]);
  await person.keyboard("c"); // a dialog is open
  await person.keyboard("{Escape}c");
  expect(await screen.findByRole("dialog", { name: "Create Users" })).toBeVisible();
  await person.keyboard("{Escape}jje");
  expect(await screen.findByRole("dialog", { name: /aup02/ })).toBeVisible();
  expect(window.location.search).toBe("?user=aup02");
  await person.keyboard("{Escape}");
  await person.click(screen.getByRole("button", { name: "Keys" }));
  expect(await screen.findByRole("dialog", { name: "Keys" })).toBeVisible();
});

test("does not create by a key for those who may make nobody", async () => {
  people(somebody("aup01"));
  window.history.replaceState(null, "", "/hub/admin/users");
  const { person } = show("/hub/admin/users", { panel: true, scopes: ["list:users"] });
  await screen.findByRole("row", { name: /aup01/ });
  await person.keyboard("c?");
  const help = await screen.findByRole("dialog", { name: "Keys" });
  expect(within(help).queryByText("Create")).toBeNull();
});

test("says which devices a server waits for, and has", async () => {
  const devices = [
    { kind: "gpu", id: "GPU-a", name: "Tesla T4" },
    { kind: "gpu", id: "1" },
  ];
  people(
    somebody("aup01", {
      servers: { "": { ...aServer("", { ready: true, stopped: false, phase: "ready" }), devices } },
    }),
    somebody("aup02", {
      servers: { "": { ...aServer("", { pending: "spawn", phase: "queued" }), queue_place: 2, waits_for: { gpu: 1 } } },
    }),
  );
  hub.use(
    http.get("/hub/api/users/:name", () =>
      HttpResponse.json(
        somebody("aup01", { servers: { "": { ...aServer("", { ready: true, stopped: false }), devices } } }),
      ),
    ),
  );
  const { person } = open();
  const row = await screen.findByRole("row", { name: /aup02/ });
  expect(within(row).getByText("Waiting for 1 gpu: place 2")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "aup01" }));
  expect(
    await screen.findByText(/Its devices: Tesla T4 \(gpu GPU-a\), gpu 1\. No other server is given them/),
  ).toBeVisible();
});

test("says how far a start is in its row, of few at a time", async () => {
  const starting = (phase: "starting" | "waiting" | "queued") => ({
    "": { ...aServer("", { pending: "spawn", phase }), queue_place: phase === "queued" ? 3 : null },
  });
  const asked = new Set<string>();
  hub.use(
    http.get<{ name: string }>("/hub/api/users/:name/server/events", ({ params }) => {
      asked.add(params.name);
      const event = { id: 1, run: 1, kind: "progress", at: "2026-03-01T00:00:00Z", message: "Container created" };
      return HttpResponse.json({ items: [event], next: null });
    }),
  );
  people(somebody("aup01", { servers: starting("waiting") }), somebody("aup02", { servers: starting("queued") }));
  const { unmount } = open();
  const row = await screen.findByRole("row", { name: /aup01/ });
  expect(within(row).getByText("Jupyter is coming up")).toBeVisible();
  expect(await within(row).findByText("Container created")).toBeVisible();
  expect(within(screen.getByRole("row", { name: /aup02/ })).getByText("Waiting: place 3")).toBeVisible();
  expect([...asked]).toEqual(["aup01"]);
  unmount();
  asked.clear();
  people(...Array.from({ length: 6 }, (_, n) => somebody(`many${n}`, { servers: starting("starting") })));
  open();
  expect(within(await screen.findByRole("row", { name: /many5/ })).getByText("Starting")).toBeVisible();
  expect(asked.size).toBe(0);
});

test("marks whoever was not seen for long", async () => {
  people(
    somebody("aup01", { created: "2020-01-01T00:00:00Z" }),
    somebody("aup02", { last_activity: "2020-02-01T00:00:00Z" }),
  );
  open("?q=admin:no");
  for (const name of ["aup01", "aup02"]) {
    expect(within(await screen.findByRole("row", { name: new RegExp(name) })).getByText("Dormant")).toBeVisible();
  }
  expect(screen.getByRole("checkbox", { name: /Not administrators/, hidden: true })).toBeChecked();
});

test("is no page for those who may not see it", async () => {
  window.history.replaceState(null, "", "/hub/admin/users");
  show("/hub/admin/users");
  expect(screen.queryByRole("table")).toBeNull();
});

test.each([
  [1, 1, [1]],
  [1, 9, [1, 2, null, 9]],
  [5, 9, [1, null, 4, 5, 6, null, 9]],
  [3, 5, [1, 2, 3, 4, 5]],
])("page %i of %i leads to %j", (page, pages, want) => expect(around(page, pages)).toEqual(want));

test("shows details, then edits, and sends only what changed", async () => {
  people(somebody("aup01", { groups: ["cs101"] }));
  const patches: unknown[] = [];
  hub.use(
    http.get("/hub/api/users/:name", ({ params }) =>
      HttpResponse.json(somebody(String(params.name), { groups: ["cs101"] })),
    ),
    http.patch("/hub/api/users/aup01", async ({ request }) => {
      patches.push(await request.json());
      return HttpResponse.json(somebody("aup99", { groups: ["cs101"] }));
    }),
  );
  const { person } = open();
  await person.click(await screen.findByRole("button", { name: "Edit aup01" }));
  const drawer = await screen.findByRole("dialog");
  await person.click(await within(drawer).findByRole("button", { name: "Edit User" }));
  const name = within(drawer).getByRole("textbox", { name: "Username" });
  await person.clear(name);
  await person.type(name, "aup99");
  expect(within(drawer).getByText(/log in under the new name/)).toBeVisible();
  await person.click(within(drawer).getByRole("button", { name: "Save Changes" }));
  await waitFor(() => expect(patches).toEqual([{ name: "aup99" }]));
  await waitFor(() => expect(window.location.search).toBe("?user=aup99"));
});

test("asks before somebody is deleted, and names what goes with them", async () => {
  people(somebody("aup01"));
  let gone = false;
  hub.use(
    http.get("/hub/api/users/aup01", () => HttpResponse.json(somebody("aup01"))),
    http.delete("/hub/api/users/aup01", () => {
      gone = true;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { person } = open("?user=aup01");
  const drawer = await screen.findByRole("dialog");
  await person.click(await within(drawer).findByRole("button", { name: "Delete" }));
  const question = await screen.findByRole("dialog", { name: "Delete aup01?" });
  expect(question).toHaveTextContent("Their home folder stays.");
  expect(within(question).getByRole("button", { name: "Leave it as it is" })).toHaveFocus();
  await person.click(within(question).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(gone).toBe(true));
  await waitFor(() => expect(window.location.search).toBe(""));
});

test("gives the focus back when details close, and keeps what is typed there", async () => {
  people(somebody("aup01"));
  hub.use(http.get("/hub/api/users/aup01", () => HttpResponse.json(somebody("aup01"))));
  const { person } = open();
  const opener = await screen.findByRole("button", { name: "Edit aup01" });
  await person.click(opener);
  const drawer = await screen.findByRole("dialog");
  await person.click(await within(drawer).findByRole("button", { name: "Edit User" }));
  await waitFor(() => expect(within(drawer).getByRole("textbox", { name: "Username" })).toHaveFocus());
  await person.keyboard("x{Escape}");
  expect(within(drawer).getByRole("textbox", { name: "Username" })).toHaveValue("aup01x");
  await person.click(within(drawer).getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(within(drawer).getByRole("button", { name: "Edit User" })).toHaveFocus());
  await person.click(within(drawer).getByRole("button", { name: "Delete" }));
  await screen.findByRole("dialog", { name: "Delete aup01?" });
  await person.keyboard("{Escape}");
  await waitFor(() => expect(within(drawer).getByRole("button", { name: "Delete" })).toHaveFocus());
  expect(screen.queryByRole("dialog", { name: "Delete aup01?" })).toBeNull();
  await person.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(opener).toHaveFocus();
});

test("gives the focus to the title where details were opened by the address", async () => {
  people(somebody("aup01"));
  hub.use(http.get("/hub/api/users/aup01", () => HttpResponse.json(somebody("aup01"))));
  const { person } = open("?user=aup01");
  await screen.findByRole("dialog");
  await person.keyboard("{Escape}");
  expect(await screen.findByRole("heading", { name: "Users", level: 1 })).toHaveFocus();
});

test("sets a password that is generated, and shows it to be copied", async () => {
  people(somebody("aup01"));
  const bodies: { users: { username: string; password: string }[] }[] = [];
  hub.use(
    http.post("/hub/api/bulk/users/passwords", async ({ request }) => {
      bodies.push((await request.json()) as (typeof bodies)[0]);
      const first = bodies.length === 1;
      const row = first ? { status: "failed", message: "The password is too common." } : { status: "changed" };
      return HttpResponse.json({ results: [{ username: "aup01", ...row }], counts: {} });
    }),
  );
  const { person } = open();
  await person.click(await screen.findByRole("button", { name: "Set the password of aup01" }));
  const dialog = await screen.findByRole("dialog");
  await person.type(within(dialog).getByRole("textbox"), "password");
  await person.keyboard("{Escape}"); // what is typed stays
  await person.click(within(dialog).getByRole("button", { name: "Set Password" }));
  expect(await within(dialog).findByText(/too common/)).toBeVisible();
  await person.click(within(dialog).getByRole("button", { name: "Generate" }));
  await person.click(within(dialog).getByRole("button", { name: "Set Password" }));
  expect(await within(dialog).findByText(/is set/)).toBeVisible();
  expect(within(dialog).getByText(bodies[1]?.users[0]?.password ?? "?")).toBeVisible();
  expect(within(dialog).getByRole("button", { name: "Copy" })).toHaveFocus();
});

/** The stream of events that the page listens to. */
const stream = async () => {
  await waitFor(() => expect(FakeEventSource.open.has("/hub/api/events")).toBe(true));
  return FakeEventSource.open.get("/hub/api/events") as FakeEventSource;
};

test("changes a cell as it happens, and reads nothing for it", async () => {
  const { asked } = people(somebody("aup01"), somebody("aup02"));
  open();
  const row = await screen.findByRole("row", { name: /aup01/ });
  (await stream()).send({ kind: "server", name: "aup01", server: aServer("", ready) });
  expect(await within(row).findByText("Running")).toBeVisible();
  expect(asked).toHaveLength(1);
});

test("reads the page that was read ahead anew where something happened since", async () => {
  const told = people(somebody("aup01"));
  told.total = 120;
  const { person } = open();
  const ahead = () => told.asked.filter((query) => query.get("offset") === "50").length;
  await waitFor(() => expect(ahead()).toBe(1));
  (await stream()).send({ kind: "server", name: "aup60", server: aServer("", ready) });
  await person.hover(screen.getByRole("button", { name: "Next page" }));
  await waitFor(() => expect(ahead()).toBe(2));
});

test("keeps rows in their places until the new order is asked for", async () => {
  const list = [somebody("aup01"), somebody("aup02")];
  people(...list);
  const { person } = open();
  await screen.findByRole("row", { name: /aup01/ });
  people(somebody("aup00"), somebody("aup02", { admin: true }));
  (await stream()).send({ kind: "user", name: "aup01", gone: true });
  const show = await screen.findByRole("button", { name: "Show the new order" });
  const names = () => screen.getAllByRole("row").map((r) => r.dataset.name);
  expect(names()).toEqual([undefined, "aup01", "aup02"]);
  expect(within(screen.getByRole("row", { name: /aup02/ })).getByText("Admin")).toBeVisible();
  const gone = within(screen.getByRole("row", { name: /aup01/ }));
  expect(gone.getByText("No longer here")).toBeVisible();
  expect(gone.getAllByRole("button").map((b) => b.textContent)).toEqual(["aup01"]);
  expect(gone.getByRole("button")).toBeDisabled();
  await person.click(show);
  await waitFor(() => expect(names()).toEqual([undefined, "aup00", "aup02"]));
  expect(screen.queryByRole("button", { name: "Show the new order" })).toBeNull();
});

test("keeps rows in their places after a row's button, and when the window is looked at again", async () => {
  people(somebody("aup01"), somebody("aup02"));
  hub.use(http.post("/hub/api/users/aup02/server", () => new HttpResponse(null, { status: 201 })));
  const { person } = open();
  const button = await screen.findByRole("button", { name: "Start the server of aup02" });
  const { asked } = people(somebody("aup00"), somebody("aup02", { admin: true }));
  act(() => void window.dispatchEvent(new Event("visibilitychange")));
  act(() => void window.dispatchEvent(new Event("online")));
  expect(asked).toHaveLength(0);
  await person.click(button);
  expect(await screen.findByRole("button", { name: "Show the new order" })).toBeVisible();
  expect(screen.getAllByRole("row").map((r) => r.dataset.name)).toEqual([undefined, "aup01", "aup02"]);
  expect(within(screen.getByRole("row", { name: /aup02/ })).getByText("Admin")).toBeVisible();
});

test("hears nothing while nobody can see the page, and reads again what it shows then", async () => {
  const { asked } = people(somebody("aup01"));
  open();
  await screen.findByRole("row", { name: /aup01/ });
  (await stream()).send({ kind: "open" });
  await waitFor(() => expect(asked).toHaveLength(2));
  const turn = (hidden: boolean) => {
    vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
  };
  turn(true);
  expect(FakeEventSource.open.has("/hub/api/events")).toBe(false);
  people(somebody("aup01", { admin: true }));
  turn(false);
  (await stream()).send({ kind: "open" });
  expect(await within(screen.getByRole("row", { name: /aup01/ })).findByText("Admin")).toBeVisible();
  expect(screen.queryByText(/connection to the hub is lost/)).toBeNull();
  vi.restoreAllMocks();
});

test("says that the connection is lost, and that the session ended", async () => {
  people(somebody("aup01"));
  open();
  await screen.findByRole("row", { name: /aup01/ });
  (await stream()).refuse();
  expect(await screen.findByText(/connection to the hub is lost/)).toBeVisible();
  (await stream()).send({ kind: "open" });
  await waitFor(() => expect(screen.queryByText(/connection to the hub is lost/)).toBeNull());
  hub.use(
    http.get("/hub/api/users", () =>
      HttpResponse.json({ status: 403, message: "Missing or invalid credentials." }, { status: 403 }),
    ),
  );
  (await stream()).refuse();
  expect(await screen.findByText(/Your session ended/)).toBeVisible();
});
