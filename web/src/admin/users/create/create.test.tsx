import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test, vi } from "vitest";
import type { NewPerson } from "../../../api/users";
import { hub } from "../../../testing/hub";
import { show } from "../../../testing/render";
import { partSize } from "./useCreation";

interface Asked {
  users: NewPerson[];
  make_groups: boolean;
  dry_run?: boolean;
}

/** A hub without people, that makes all but those of `refused`; it notes what was asked. */
function maker(refused: Record<string, string> = {}) {
  const told = {
    made: [] as Asked[],
    foreseen: [] as Asked[],
    keys: [] as (string | null)[],
    refused,
    away: false,
    held: Promise.resolve(),
  };
  hub.use(
    http.get("/hub/api/users", () =>
      HttpResponse.json({ items: [], _pagination: { offset: 0, limit: 50, total: 0, next: null } }),
    ),
    http.post("/hub/api/bulk/users", async ({ request }) => {
      const body = (await request.json()) as Asked;
      if (!body.dry_run) told.keys.push(request.headers.get("Idempotency-Key"));
      if (!body.dry_run) await told.held;
      if (told.away && !body.dry_run) return HttpResponse.error();
      (body.dry_run ? told.foreseen : told.made).push(body);
      const results = body.users.map(({ username }) => {
        const reason = told.refused[username];
        if (reason === "exists") return { username, status: "exists" };
        return reason ? { username, status: "failed", message: reason } : { username, status: "created" };
      });
      return HttpResponse.json({ results, counts: {} });
    }),
  );
  return told;
}

async function open(admin = true, scopes = ["list:users", "admin:users", "admin:groups"]) {
  window.history.replaceState(null, "", "/hub/admin/users");
  const { person } = show("/hub/admin/users", { panel: true, admin, scopes });
  await person.click(await screen.findByRole("button", { name: "Create Users" }));
  return { person, dialog: within(await screen.findByRole("dialog")) };
}

const type = (dialog: ReturnType<typeof within>, text: string) =>
  fireEvent.change(dialog.getByRole("textbox", { name: "Usernames" }), { target: { value: text } });

test("G9 makes people in one request, with a password each, which is shown once", async () => {
  const told = maker();
  const { person, dialog } = await open();
  type(dialog, "alice\nbob\nbad name\n");
  expect(dialog.getByText("2 people will be made.")).toBeVisible();
  expect(dialog.getByRole("row", { name: /^3/ })).toHaveTextContent("Names mostly have letters");
  expect(dialog.getByRole("checkbox", { name: "Force password change on first login" })).toBeChecked();
  expect(dialog.getByRole("checkbox", { name: "Grant admin privileges" })).not.toBeChecked();
  expect(dialog.getByRole("radio", { name: /Generate random passwords/ })).toBeChecked();
  await person.click(dialog.getByRole("button", { name: "Create 2 Users" }));
  expect(await dialog.findByText("2 people created.")).toBeVisible();
  expect(told.made).toHaveLength(1);
  const sent = told.made[0]?.users ?? [];
  expect(sent.map((u) => u.username)).toEqual(["alice", "bob"]);
  expect(sent.every((u) => u.must_change_password && !u.admin && u.password.length >= 16)).toBe(true);
  expect(sent[0]?.password).not.toBe(sent[1]?.password);
  expect(dialog.getByRole("row", { name: /alice/ })).toHaveTextContent(sent[0]?.password ?? "?");
});

test("G9 asks once before passwords go that nobody took", async () => {
  maker();
  const { person, dialog } = await open();
  type(dialog, "alice");
  await person.click(dialog.getByRole("button", { name: "Create 1 User" }));
  await person.click(await dialog.findByRole("button", { name: "Done" }));
  expect(dialog.getByText(/Nobody can show them again/)).toBeVisible();
  await person.click(dialog.getByRole("button", { name: "Back to the passwords" }));
  await person.keyboard("{Escape}");
  expect(dialog.getByText(/Nobody can show them again/)).toBeVisible();
  await person.click(dialog.getByRole("button", { name: "Close without them" }));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("G9 closes without a question once the passwords were taken", async () => {
  maker();
  const { person, dialog } = await open();
  type(dialog, "alice");
  await person.click(dialog.getByRole("button", { name: "Create 1 User" }));
  await person.click(await dialog.findByRole("button", { name: "Copy the table" }));
  expect(await navigator.clipboard.readText()).toMatch(/^username\tpassword\nalice\t\S{16}$/);
  await person.click(dialog.getByRole("button", { name: "Done" }));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("G9 marks what the hub would refuse in its row, before anything is done", async () => {
  const told = maker({ ann: "exists", cleo: "There is no group lab" });
  const { person, dialog } = await open();
  type(dialog, "ann\nbob\ncleo");
  await waitFor(() => expect(dialog.getByRole("row", { name: /^1/ })).toHaveTextContent("exists already."));
  expect(dialog.getByRole("row", { name: /^3/ })).toHaveTextContent("There is no group lab");
  expect(told.foreseen.at(-1)?.users[0]).not.toHaveProperty("password");
  await person.clear(dialog.getByRole("textbox", { name: "Username in line 1" }));
  await person.type(dialog.getByRole("textbox", { name: "Username in line 1" }), "anna");
  await waitFor(() => expect(dialog.getByRole("row", { name: /^1/ })).toHaveTextContent("Will be made"));
  await person.click(dialog.getByRole("button", { name: "Leave out line 3" }));
  expect(dialog.getByRole("textbox", { name: "Usernames" })).toHaveValue("anna\nbob\n");
  await person.click(dialog.getByRole("button", { name: "Create 2 Users" }));
  await waitFor(() => expect(told.made[0]?.users.map((u) => u.username)).toEqual(["anna", "bob"]));
});

test("G9 says once what is wrong with the password of all", async () => {
  maker({ ann: "The password is too short.", bob: "The password is too short." });
  const { person, dialog } = await open();
  type(dialog, "ann\nbob");
  await person.click(dialog.getByRole("radio", { name: /the same for all/ }));
  expect(dialog.getByRole("button", { name: "Create 2 Users" })).toBeDisabled();
  await person.type(dialog.getByRole("textbox", { name: /the same for all/ }), "abc");
  expect(await dialog.findByText("The password is too short.")).toBeVisible();
  expect(dialog.queryByRole("table")).toBeNull();
});

test("goes on in parts while the dialog is closed, and is found again", async () => {
  const told = maker();
  const { person, dialog } = await open();
  type(dialog, Array.from({ length: partSize + 2 }, (_, n) => `p${n}`).join("\n"));
  told.away = true;
  await person.click(dialog.getByRole("button", { name: "Create 502 Users" }));
  expect(await dialog.findByText("It did not go on.")).toBeVisible();
  told.away = false;
  await person.click(dialog.getByRole("button", { name: "Go on" }));
  await person.click(await dialog.findByRole("button", { name: /Close|Done/ }));
  await waitFor(() => expect(told.made.map((b) => b.users.length)).toEqual([partSize, 2]));
  expect(told.keys[0]).toBe(told.keys[1]); // what got no answer went out again under its key
  expect(told.keys[2]).not.toBe(told.keys[1]);
  expect(told.keys[0]).toMatch(/^[0-9a-f]{32}$/);
});

test("is found again by a line on the page, and has the passwords there", async () => {
  const told = maker();
  let go = () => {};
  told.held = new Promise((resolve) => {
    go = resolve;
  });
  const { person, dialog } = await open();
  type(dialog, "ann\nbob");
  await person.click(dialog.getByRole("button", { name: "Create 2 Users" }));
  await person.keyboard("{Escape}");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(screen.getByText("Creating users: 0 of 2.")).toBeVisible();
  go();
  await person.click(await screen.findByRole("button", { name: "Show the passwords" }));
  const again = within(await screen.findByRole("dialog"));
  expect(again.getByRole("row", { name: /bob/ })).toHaveTextContent(told.made[0]?.users[1]?.password ?? "?");
});

test("gives the passwords of those who are made already where it did not go on", async () => {
  const told = maker();
  const { person, dialog } = await open();
  type(dialog, Array.from({ length: partSize + 2 }, (_, n) => `p${n}`).join("\n"));
  hub.use(
    http.post("/hub/api/bulk/users", async ({ request }) => {
      const { users } = (await request.clone().json()) as Asked;
      return users.length === 2 ? HttpResponse.json({ message: "x" }, { status: 503 }) : undefined;
    }),
  );
  await person.click(dialog.getByRole("button", { name: "Create 502 Users" }));
  expect(await dialog.findByText("It did not go on.")).toBeVisible();
  expect(dialog.getByText("500 people created.")).toBeVisible();
  expect(dialog.getByRole("row", { name: /^p7 / })).toHaveTextContent(told.made[0]?.users[7]?.password ?? "?");
  expect(dialog.getByRole("button", { name: "Download as CSV" })).toBeVisible();
});

test("keeps the names when a key closes it, and drops them when it is cancelled", async () => {
  maker();
  const { person, dialog } = await open();
  type(dialog, "ann\nbob");
  await person.click(dialog.getByRole("checkbox", { name: "Grant admin privileges" }));
  await person.keyboard("{Escape}");
  const reopen = async () => {
    await person.click(screen.getByRole("button", { name: "Create Users" }));
    return within(await screen.findByRole("dialog"));
  };
  const again = await reopen();
  expect(again.getByRole("textbox", { name: "Usernames" })).toHaveValue("ann\nbob");
  expect(again.getByRole("checkbox", { name: "Grant admin privileges" })).toBeChecked();
  await person.click(again.getByRole("button", { name: "Cancel" }));
  expect((await reopen()).getByRole("textbox", { name: "Usernames" })).toHaveValue("");
});

test("makes a teacher's people in the teacher's group", async () => {
  const told = maker();
  const { person, dialog } = await open(false, ["list:users!group=cs101", "create:users!group=cs101"]);
  expect(dialog.getByRole("textbox", { name: /Groups/ })).toHaveValue("cs101");
  type(dialog, "ann");
  await person.click(dialog.getByRole("button", { name: "Create 1 User" }));
  await waitFor(() => expect(told.made[0]?.users[0]?.groups).toEqual(["cs101"]));
});

test("a key does not forget those of whom none was made", async () => {
  const told = maker();
  const { person, dialog } = await open();
  type(dialog, "ann");
  told.refused = { ann: "The disk is full" };
  await person.click(dialog.getByRole("button", { name: "Create 1 User" }));
  await dialog.findByText("1 person could not be made:");
  await person.keyboard("{Escape}");
  expect(dialog.getByRole("button", { name: "Try those again" })).toBeVisible();
});

test("tells who was not made and why, and tries those again alone", async () => {
  const told = maker();
  const { person, dialog } = await open();
  type(dialog, "ann\nbob\ncleo");
  told.refused = { bob: "The disk is full", cleo: "exists" };
  await person.click(dialog.getByRole("button", { name: "Create 3 Users" }));
  expect(await dialog.findByText("1 person could not be made:")).toBeVisible();
  expect(dialog.getByText("The disk is full", { selector: "li" })).toHaveTextContent("bob");
  expect(dialog.getByText("exists already.", { selector: "li" })).toHaveTextContent("cleo");
  const password = told.made[0]?.users[1]?.password;
  told.refused = {};
  await person.click(dialog.getByRole("button", { name: "Try those again" }));
  expect(await dialog.findByText("2 people created.")).toBeVisible();
  expect(told.made[1]?.users).toEqual([expect.objectContaining({ username: "bob", password })]);
});

test("fills in names of a prefix and a count", async () => {
  maker();
  const { person, dialog } = await open();
  await person.type(dialog.getByRole("textbox", { name: "Or a prefix" }), "aup");
  await person.click(dialog.getByRole("button", { name: "Fill in" }));
  expect(dialog.getByRole("button", { name: "Create 30 Users" })).toBeEnabled();
});

test("offers admin rights to administrators alone", async () => {
  maker();
  const { dialog } = await open(false);
  expect(dialog.queryByRole("checkbox", { name: /admin/ })).toBeNull();
});

test("G9 prints a slip for each person", async () => {
  maker();
  const print = vi.spyOn(window, "print").mockImplementation(() => {
    window.dispatchEvent(new Event("beforeprint"));
    const slips = document.body.querySelectorAll("body > div > section");
    expect([...slips].map((s) => s.textContent)).toEqual([
      expect.stringContaining("ann"),
      expect.stringContaining("bob"),
    ]);
    window.dispatchEvent(new Event("afterprint"));
  });
  const { person, dialog } = await open();
  type(dialog, "ann\nbob");
  await person.click(dialog.getByRole("button", { name: "Create 2 Users" }));
  await person.click(await dialog.findByRole("button", { name: "Print slips" }));
  expect(print).toHaveBeenCalled();
  expect(document.body.querySelectorAll("body > div > section")).toHaveLength(0);
});

const table = {
  rows: [{ line: 2, username: "ann", password: "seven brown foxes", groups: ["lab"], admin: true }],
  problems: [
    {
      line: 3,
      column: "admin",
      username: "bob",
      message: "admin must be true or false",
      doubt: false,
      row: { line: 3, username: "bob", password: "eight brown foxes" },
    },
  ],
  ignored_columns: ["Shoe size"],
  sheet: "Sheet1",
  other_sheets: ["Notes"],
  hidden_rows: 0,
};

test("G9 reads a table from a file or as it is pasted, and lets wrong rows be corrected", async () => {
  const told = maker();
  const asked: { name: string; data: string; sheet?: string }[] = [];
  hub.use(
    http.post("/hub/api/sheets", async ({ request }) => {
      asked.push((await request.json()) as (typeof asked)[0]);
      return HttpResponse.json(table);
    }),
  );
  const { person, dialog } = await open();
  type(dialog, "typed");
  await person.click(dialog.getByRole("textbox", { name: "Usernames" }));
  await person.paste("username\tpassword\nann\tseven brown foxes\n");
  expect(await dialog.findByText("The rows that were pasted")).toBeVisible();
  expect(asked[0]).toEqual({ name: "table.csv", data: btoa("username\tpassword\nann\tseven brown foxes\n") });
  expect(dialog.getByText("Not read: Shoe size.")).toBeVisible();
  expect(dialog.getByRole("row", { name: /^3/ })).toHaveTextContent("Admin must be true or false.");
  await person.click(dialog.getByRole("button", { name: "Show all 2 rows" }));
  expect(dialog.getByRole("row", { name: /^2/ })).toHaveTextContent("annyeslabseven brown foxes");
  await person.type(dialog.getByRole("textbox", { name: "Username in line 3" }), "by");
  expect(dialog.getByRole("radio", { name: /The passwords of the table/ })).toBeChecked();
  await person.click(dialog.getByRole("button", { name: "Create 2 Users" }));
  await dialog.findByText("2 people created.");
  expect(told.made[0]?.users).toEqual([
    expect.objectContaining({ username: "ann", password: "seven brown foxes", groups: ["lab"], admin: true }),
    expect.objectContaining({ username: "bobby", password: "eight brown foxes", groups: [], admin: false }),
  ]);
});

test("G9 reads a file that is dropped anywhere on the page", async () => {
  maker();
  hub.use(http.post("/hub/api/sheets", () => HttpResponse.json(table)));
  const { dialog } = await open();
  const dropped = { types: ["Files"], files: [new File(["username"], "class.xlsx")] };
  expect(fireEvent.dragOver(document.body, { dataTransfer: dropped })).toBe(false); // it is taken
  expect(fireEvent.drop(document.body, { dataTransfer: dropped })).toBe(false);
  expect(await dialog.findByText("class.xlsx")).toBeVisible();
  expect(fireEvent.drop(document.body, { dataTransfer: { types: ["text/plain"], files: [] } })).toBe(true);
});

test("says what is wrong with a file that is no table, and keeps what was typed", async () => {
  maker();
  hub.use(
    http.post("/hub/api/sheets", () =>
      HttpResponse.json({ message: "x", plain: "photo.csv is a picture, and no table." }, { status: 400 }),
    ),
  );
  const { person, dialog } = await open();
  type(dialog, "ann");
  const input = document.querySelector<HTMLInputElement>("input[type=file]");
  await person.upload(input as HTMLInputElement, new File(["x"], "photo.csv"));
  expect(await dialog.findByRole("alert")).toHaveTextContent("photo.csv is a picture");
  expect(dialog.getByRole("textbox", { name: "Usernames" })).toHaveValue("ann");
});
