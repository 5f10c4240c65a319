import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { MadeRole } from "../../api/roles";
import { hub } from "../../testing/hub";
import { show } from "../../testing/render";

const teacher: MadeRole = {
  name: "teacher",
  description: "Looks after the people of one group",
  scopes: ["list:users", "admin:passwords"],
  ready_made: true,
  users: [{ user: "tess", group: "<b>cs101" }],
};
const reader: MadeRole = {
  name: "reader",
  description: "",
  scopes: ["read:metrics"],
  ready_made: false,
  users: [{ user: "bob", group: null }],
};

/** A hub with such roles; what it is sent. */
function roles(items: MadeRole[], refusal?: string) {
  const sent: [string, string, unknown][] = [];
  const note = async ({ request }: { request: Request }) => {
    sent.push([request.method, new URL(request.url).pathname, await request.json()]);
    if (refusal) return HttpResponse.json({ message: "", plain: refusal }, { status: 400 });
    return new HttpResponse(null, { status: 204 });
  };
  hub.use(
    http.get("*/hub/api/roles", () => HttpResponse.json({ items })),
    http.post("*/hub/api/roles/:role/users", note),
    http.delete("*/hub/api/roles/:role/users", note),
  );
  return sent;
}

const open = () => {
  window.history.replaceState(null, "", "/hub/admin/roles");
  return show("/hub/admin/roles", { panel: true, scopes: ["admin:roles"] });
};

test("G12: makes somebody the teacher of a group", async () => {
  const sent = roles([teacher, reader]);
  const { person } = open();
  const give = await screen.findByRole("button", { name: "Give" });
  await person.type(screen.getByLabelText("Username"), " ada ");
  expect(give).toBeDisabled(); // a teacher is one of a group
  await person.type(screen.getByLabelText("Group"), "cs101");
  await person.click(give);
  await waitFor(() =>
    expect(sent).toEqual([["POST", "/hub/api/roles/teacher/users", { user: "ada", group: "cs101" }]]),
  );
  expect(await screen.findByText("ada has the role teacher now.")).toBeVisible();
  expect(screen.getByLabelText("Username")).toHaveValue("");
});

test("gives another role, as it is", async () => {
  const sent = roles([teacher, reader]);
  const { person } = open();
  await person.selectOptions(await screen.findByLabelText("Role"), "reader");
  expect(screen.getByText("read:metrics")).toBeVisible();
  await person.type(screen.getByLabelText("Username"), "ada{Enter}");
  await waitFor(() => expect(sent).toEqual([["POST", "/hub/api/roles/reader/users", { user: "ada", group: null }]]));
});

test("says what the hub refuses, and keeps what was typed", async () => {
  roles([teacher], "There is no user zed");
  const { person } = open();
  await person.type(await screen.findByLabelText("Username"), "zed");
  await person.type(screen.getByLabelText("Group"), "cs101{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("The role was not given. There is no user zed");
  expect(screen.getByLabelText("Username")).toHaveValue("zed");
});

test("lists who teaches what, and takes it back after a question", async () => {
  const sent = roles([teacher, reader]);
  const { person } = open();
  expect(await screen.findByText("bob has the role reader")).toBeVisible();
  const take = screen.getByRole("button", { name: "Take back: tess is the teacher of <b>cs101" });
  await person.click(take);
  const question = screen.getByRole("dialog", { name: "Take this role back?" });
  expect(question).toHaveTextContent("tess is the teacher of <b>cs101.");
  await person.click(within(question).getByRole("button", { name: "Leave it" }));
  expect(sent).toEqual([]);
  await person.click(take);
  await person.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Take back" }));
  await waitFor(() =>
    expect(sent).toEqual([["DELETE", "/hub/api/roles/teacher/users", { user: "tess", group: "<b>cs101" }]]),
  );
  expect(await screen.findByText("The role is taken back.")).toBeVisible();
});

test("says when there is nothing", async () => {
  roles([]);
  open();
  expect(await screen.findByText("Nobody has been given a role yet.")).toBeVisible();
  expect(screen.getByText(/There is no role to give/)).toBeVisible();
});

test("many roles are found by a name, and shown a page at a time", async () => {
  const users = Array.from({ length: 1000 }, (_, n) => ({ user: `user${n}`, group: `group${n}` }));
  roles([{ ...teacher, users }]);
  const { person } = open();
  expect(await screen.findAllByRole("button", { name: /^Take back/ })).toHaveLength(50);
  expect(screen.getByText("1–50 of 1,000")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Page 20" }));
  expect(screen.getByText("user999 is the teacher of group999")).toBeVisible();
  await person.type(screen.getByRole("textbox", { name: "Find by a name" }), "GROUP77");
  expect(screen.getAllByRole("button", { name: /^Take back/ })).toHaveLength(11);
  await person.type(screen.getByRole("textbox", { name: "Find by a name" }), "x");
  expect(screen.getByText("Nobody of that name has a role.")).toBeVisible();
});

test("has the place of what is looked up", async () => {
  let answer: () => void = () => undefined;
  hub.use(
    http.get("*/hub/api/roles", async () => {
      await new Promise<void>((done) => {
        answer = done;
      });
      return HttpResponse.json({ items: [teacher] });
    }),
  );
  open();
  expect(await screen.findByText("Loading…")).toBeInTheDocument();
  await waitFor(() => {
    answer();
    expect(screen.queryByText("Loading…")).toBeNull();
  });
});
