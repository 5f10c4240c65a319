import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { Group } from "../../api/groups";
import { hub } from "../../testing/hub";
import { show } from "../../testing/render";

const aGroup = (name: string, more: Partial<Group> = {}): Group => ({
  kind: "group",
  name,
  member_count: 2,
  properties: {},
  roles: [],
  source: "hub",
  locked: [],
  ...more,
});

const declared = aGroup("staff", { source: "config", locked: ["name", "properties"], properties: { room: 7 } });
const everything = [
  "list:groups",
  "read:groups",
  "groups",
  "admin:groups",
  "delete:groups",
  "list:users",
  "read:groups:shares",
];

/** A hub with these groups, each with the members ann and ben; what it is asked. */
function groups(...list: Group[]) {
  const told = { lists: [] as URLSearchParams[], calls: [] as string[] };
  const find = (name: unknown) => list.find((g) => g.name === name) ?? aGroup(String(name));
  const note = async (request: Request) => {
    const { pathname } = new URL(request.url);
    told.calls.push(`${request.method} ${pathname} ${await request.clone().text()}`);
  };
  hub.use(
    http.get("/hub/api/groups", ({ request }) => {
      told.lists.push(new URL(request.url).searchParams);
      return HttpResponse.json({ items: list, _pagination: { offset: 0, limit: 50, total: list.length } });
    }),
    http.get("/hub/api/groups/:name", ({ params }) => HttpResponse.json(find(params.name))),
    http.get("/hub/api/groups/:name/shared", () => HttpResponse.json({ items: [], _pagination: { total: 3 } })),
    http.get("/hub/api/users", ({ request }) => {
      const query = new URL(request.url).searchParams;
      const members = ["ann", "ben"].map((name) => ({ kind: "user", name, groups: query.has("group") ? ["lab"] : [] }));
      return HttpResponse.json({ items: members, _pagination: { offset: 0, limit: 20, total: 2 } });
    }),
    http.post("/hub/api/groups", async ({ request }) => {
      await note(request);
      return HttpResponse.json([], { status: 201 });
    }),
    http.all("/hub/api/groups/:name/*", async ({ request, params }) => {
      await note(request);
      return HttpResponse.json({ ...find(params.name), member_count: 3 });
    }),
    http.post("/hub/api/bulk/groups/add", async ({ request }) => {
      await note(request);
      const { usernames } = (await request.json()) as { usernames: string[] };
      const results = usernames.map((username) => {
        if (username === "zed") return { username, status: "not_found" };
        return { username, status: username === "ann" ? "unchanged" : "changed" };
      });
      const counts: Record<string, number> = {};
      for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
      return HttpResponse.json({ results, counts });
    }),
    http.patch("/hub/api/groups/:name", async ({ request }) => {
      await note(request);
      return HttpResponse.json(aGroup("new"));
    }),
    http.delete("/hub/api/groups/:name", async ({ request }) => {
      await note(request);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return told;
}

const open = (query = "", scopes = everything) => {
  window.history.replaceState(null, "", `/hub/admin/groups${query}`);
  return show("/hub/admin/groups", { panel: true, scopes });
};

test("G15: groups are found and sorted by the address", async () => {
  const { lists } = groups(aGroup("<b>lab"), declared);
  const { person } = open("?page=2");
  const row = await screen.findByRole("row", { name: /<b>lab 2/ });
  expect(within(row).getByText("Made here")).toBeVisible();
  expect(lists.at(-1)?.toString()).toBe("members=count&sort=name&offset=50&limit=50");
  await person.click(screen.getByRole("button", { name: "Members" }));
  await person.click(screen.getByRole("button", { name: "Members" }));
  await waitFor(() => expect(lists.at(-1)?.get("sort")).toBe("-members"));
  await person.type(screen.getByRole("textbox", { name: "Search groups" }), "la");
  await waitFor(() => expect(lists.at(-1)?.get("name_filter")).toBe("la"));
  expect(window.location.search).toBe("?q=la&sort=-members");
});

test("G15: what the configuration makes has a lock, and its reason", async () => {
  groups(declared);
  open("?group=staff");
  const dialog = await screen.findByRole("dialog", { name: "staff" });
  expect(await within(dialog).findByText(/makes this group at every start/)).toBeVisible();
  expect(within(dialog).getByText(/sets these at every start/)).toBeVisible();
  for (const name of ["Rename", "Delete", "Edit properties"]) {
    expect(within(dialog).queryByRole("button", { name })).toBeNull();
  }
  expect(within(dialog).getByText("room")).toBeVisible();
  expect(await within(dialog).findByRole("link", { name: "ann" })).toHaveAttribute("href", "/hub/admin/users?user=ann");
});

test("G15: a group is created, and its details open", async () => {
  const { calls } = groups();
  const { person } = open();
  expect(await screen.findByText(/There is none yet/)).toBeVisible();
  await person.keyboard("c");
  await person.type(await screen.findByRole("textbox", { name: "Name of the group" }), "<i>new{Enter}");
  await waitFor(() => expect(calls).toEqual(['POST /hub/api/groups {"groups":["<i>new"]}']));
  expect(await screen.findByRole("dialog", { name: "<i>new" })).toBeVisible();
});

test("G15: members are found, pasted and added; one is removed and put back", async () => {
  const { calls } = groups(aGroup("lab"));
  const { person } = open("?group=lab");
  await person.click(await screen.findByRole("button", { name: "Remove ann from lab" }));
  await person.click(await screen.findByRole("button", { name: "Put back" }));
  await waitFor(() => expect(calls).toHaveLength(2));
  expect(calls).toEqual([
    'DELETE /hub/api/groups/lab/users {"users":["ann"]}',
    'POST /hub/api/groups/lab/users {"users":["ann"]}',
  ]);
  await person.click(screen.getByRole("button", { name: "Add people" }));
  await person.type(screen.getByRole("textbox", { name: "Find people by their names" }), "ann");
  await person.click(await screen.findByRole("button", { name: "ann" }));
  const names = screen.getByRole("textbox", { name: "Usernames" });
  expect(names).toHaveValue("ann\n");
  await person.click(names);
  await person.paste("\nCleo\n");
  await person.keyboard("{Escape}"); // what was typed stays
  await person.click(screen.getByRole("button", { name: "Add 2 people" }));
  await waitFor(() =>
    expect(calls.at(-1)).toBe('POST /hub/api/bulk/groups/add {"group":"lab","usernames":["ann","cleo"]}'),
  );
  expect(await screen.findByText("1 person added to lab. 1 was in it before.")).toBeVisible();
  await person.keyboard("{Escape}");
  expect(screen.getByRole("button", { name: "Add people" })).toHaveFocus(); // in the details, which are still there
});

test("G15: who does not exist is named, and the others are added", async () => {
  groups(aGroup("lab"));
  const { person } = open("?group=lab");
  await person.click(await screen.findByRole("button", { name: "Add people" }));
  await person.click(screen.getByRole("textbox", { name: "Usernames" }));
  await person.paste("ann\nzed\ncleo");
  await person.click(screen.getByRole("button", { name: "Add 3 people" }));
  expect(await screen.findByText("1 person added to lab. 1 was in it before.")).toBeVisible();
  expect(screen.getByText("1 person was not added:")).toBeVisible();
  expect(screen.getByText("zed").closest("li")).toHaveTextContent("zed There is nobody of that name.");
});

test("G15: nothing that was typed is lost where nobody could be added", async () => {
  groups(aGroup("lab"));
  hub.use(
    http.post("/hub/api/bulk/groups/add", () =>
      HttpResponse.json({ message: "No such group: lab", plain: "There is no group lab." }, { status: 404 }),
    ),
  );
  const { person } = open("?group=lab");
  await person.click(await screen.findByRole("button", { name: "Add people" }));
  const names = screen.getByRole("textbox", { name: "Usernames" });
  await person.click(names);
  await person.paste("ann\nzed");
  await person.click(screen.getByRole("button", { name: "Add 2 people" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("There is no group lab.");
  expect(names).toHaveValue("ann\nzed");
});

test("G15: a file is read by the hub, and what is wrong with it is told", async () => {
  groups(aGroup("lab"));
  hub.use(
    http.post("/hub/api/sheets", () =>
      HttpResponse.json({
        rows: [{ line: 2, username: "ann" }],
        problems: [{ line: 3, column: "username", username: "a/b", message: "it contains a slash", doubt: false }],
        ignored_columns: [],
        sheet: null,
        other_sheets: [],
        hidden_rows: 0,
      }),
    ),
  );
  const { person } = open("?group=lab");
  await person.click(await screen.findByRole("button", { name: "Add people" }));
  const input = document.querySelector<HTMLInputElement>('input[type="file"]');
  await person.upload(input as HTMLInputElement, new File(["username\nann\na/b\n"], "class.csv"));
  expect(await screen.findByText("1 person read from class.csv.")).toBeVisible();
  expect(screen.getByText(/it contains a slash/)).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Usernames" })).toHaveValue("ann\n");
});

test("G15: a group is renamed", async () => {
  const { calls } = groups(aGroup("lab", { roles: ["grader"] }));
  const { person } = open("?group=lab");
  await person.click(await screen.findByRole("button", { name: "Rename" }));
  const field = screen.getByRole("textbox", { name: "New name" });
  await person.clear(field);
  await person.type(field, "new{Enter}");
  await waitFor(() => expect(window.location.search).toBe("?group=new"));
  expect(calls).toEqual(['PATCH /hub/api/groups/lab {"name":"new"}']);
});

test("G15: a group is deleted after a question that names what goes with it", async () => {
  const { calls } = groups(aGroup("lab", { roles: ["grader"] }));
  const { person } = open("?group=lab");
  await person.click(await screen.findByRole("button", { name: "Delete" }));
  const question = await screen.findByRole("dialog", { name: "Delete the group lab?" });
  expect(await within(question).findByText(/3 servers that are shared/)).toHaveTextContent(
    "2 people are in it: they stay, and are in it no more. They lose what it gave them: grader.",
  );
  await person.click(within(question).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(calls.at(-1)).toBe("DELETE /hub/api/groups/lab "));
});

test("G15: properties are edited by keys", async () => {
  const { calls } = groups(aGroup("lab", { properties: { room: "7", big: { a: 1 } } }));
  const { person } = open("?group=lab");
  await person.click(await screen.findByRole("button", { name: "Edit properties" }));
  const keys = screen.getAllByRole("textbox", { name: "Key" });
  const values = screen.getAllByRole("textbox", { name: "Value" });
  await person.type(keys[2] as HTMLElement, "room");
  expect(screen.getByRole("alert")).toHaveTextContent("there twice");
  await person.type(keys[2] as HTMLElement, "s");
  await person.type(values[2] as HTMLElement, "3");
  await person.keyboard("{Escape}"); // what was typed stays
  await person.click(screen.getByRole("button", { name: "Save Changes" }));
  await waitFor(() =>
    expect(calls).toEqual(['PUT /hub/api/groups/lab/properties {"room":"7","big":{"a":1},"rooms":3}']),
  );
});

test("who may only look is shown no way to change", async () => {
  groups(aGroup("lab"));
  open("?group=lab", ["list:groups", "read:groups"]);
  expect(await screen.findByText("You may see the group, but not who is in it.")).toBeVisible();
  for (const name of ["Rename", "Delete", "Add people", "Edit properties", "Create Group"]) {
    expect(screen.queryByRole("button", { name })).toBeNull();
  }
});

test("says why the list can't be shown", async () => {
  hub.use(http.get("/hub/api/groups", () => HttpResponse.json({ message: "busy" }, { status: 503 })));
  open();
  expect(await screen.findByRole("alert")).toHaveTextContent("The list of groups can't be shown.");
});

test("a name that is typed is kept from the Escape key, and what is looked up has its place", async () => {
  groups(aGroup("lab"));
  let answer: () => void = () => undefined;
  hub.use(
    http.get("/hub/api/groups/lab/users", async () => {
      await new Promise<void>((done) => {
        answer = done;
      });
      return HttpResponse.json({ items: [], _pagination: { offset: 0, limit: 20, total: 0 } });
    }),
  );
  const { person } = open("?group=lab");
  await person.click(await screen.findByRole("button", { name: "Rename" }));
  await person.keyboard("{Escape}");
  expect(screen.queryByRole("textbox", { name: "New name" })).toBeNull();
  await person.click(screen.getByRole("button", { name: "Rename" }));
  await person.type(screen.getByRole("textbox", { name: "New name" }), "2{Escape}");
  expect(screen.getByRole("textbox", { name: "New name" })).toHaveValue("lab2");
  await person.click(screen.getByRole("button", { name: "Cancel" }));
  answer();
});
