import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { describe, expect, test } from "vitest";
import { alice, aServer, hub, ready } from "../../../testing/hub";
import { show } from "../../../testing/render";
import { sharingRights } from "./rights";

const scopes = ["shares!user=alice", "read:users:name", "read:groups:name"];
const server = { user: { name: "alice" }, name: "lab", url: "/user/alice/lab/", full_url: null, ready: true };
const at = "2026-01-02T03:04:05Z";
const page = (items: object[]) =>
  HttpResponse.json({ items, _pagination: { offset: 0, limit: 100, total: items.length } });

/** A hub that remembers with whom alice's server lab is shared, and what it was asked. */
function shares(names: string[] = [], links: string[] = []) {
  const log: string[] = [];
  const note = async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    log.push(`${request.method} ${pathname}${search} ${await request.text()}`.trim());
  };
  hub.use(
    http.get("/hub/api/shares/alice/lab", () =>
      page(names.map((name) => ({ server, kind: "user", user: { name }, group: null, scopes: [], created_at: at }))),
    ),
    http.get("/hub/api/share-codes/alice/lab", () =>
      page(links.map((id) => ({ server, id, scopes: [], created_at: at, expires_at: at, exchange_count: 2 }))),
    ),
    http.post("/hub/api/shares/alice/lab", async ({ request }) => {
      const { user } = (await request.clone().json()) as { user: string };
      await note(request);
      if (user === "nobody")
        return HttpResponse.json(
          { status: 400, message: "No such user", plain: "There is nobody called nobody." },
          { status: 400 },
        );
      names.push(user);
      return HttpResponse.json({});
    }),
    http.patch("/hub/api/shares/alice/lab", async ({ request }) => {
      await note(request);
      names.length = 0;
      return HttpResponse.json({});
    }),
    http.post("/hub/api/share-codes/alice/lab", async ({ request }) => {
      await note(request);
      links.push("sc_9");
      return HttpResponse.json({ id: "sc_9", accept_url: "/hub/accept-share?code=abc", full_accept_url: null });
    }),
    http.delete("/hub/api/share-codes/alice/lab", async ({ request }) => {
      await note(request);
      links.length = 0;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return log;
}

async function openDialog(more: string[] = scopes) {
  alice(aServer(""), aServer("lab", ready));
  const { person } = show("/hub/home", { scopes: more });
  await person.click(await screen.findByRole("button", { name: "Share… lab" }));
  return { person, dialog: await screen.findByRole("dialog", { name: "Share the server lab" }) };
}

describe("who has access to a server", () => {
  test("is nobody at first, and is given and taken back by name", async () => {
    const log = shares();
    const { person, dialog } = await openDialog();
    expect(await within(dialog).findByText(/Nobody but you/)).toBeVisible();
    await person.type(within(dialog).getByLabelText("Username"), "bob");
    await person.click(within(dialog).getByRole("button", { name: "Give access" }));
    expect(await within(dialog).findByText("bob has access now.")).toBeVisible();
    await person.click(await within(dialog).findByRole("button", { name: "Take back: bob" }));
    expect(await within(dialog).findByText(/Nobody but you/)).toBeVisible();
    expect(log).toEqual([
      'POST /hub/api/shares/alice/lab {"user":"bob"}',
      'PATCH /hub/api/shares/alice/lab {"user":"bob"}',
    ]);
  });

  test("is said as the hub says it where it cannot be given, and what was typed stays", async () => {
    shares();
    const { person, dialog } = await openDialog();
    await person.type(within(dialog).getByLabelText("Username"), "nobody{Enter}");
    expect(await within(dialog).findByRole("alert")).toHaveTextContent(
      "It was not shared. There is nobody called nobody.",
    );
    await person.keyboard("{Escape}");
    expect(within(dialog).getByLabelText("Username")).toHaveValue("nobody");
  });

  test("is whoever has a link, which is shown once and taken back", async () => {
    const log = shares();
    const { person, dialog } = await openDialog();
    await person.selectOptions(within(dialog).getByLabelText("With"), "link");
    await person.selectOptions(within(dialog).getByLabelText("The link works for"), "week");
    await person.click(within(dialog).getByRole("button", { name: "Make a link" }));
    expect(await within(dialog).findByLabelText("The new link")).toHaveValue(
      `${window.location.origin}/hub/accept-share?code=abc`,
    );
    await person.click(await within(dialog).findByRole("button", { name: "Take back: A link" }));
    await waitFor(() => expect(within(dialog).queryByRole("button", { name: /Take back/ })).toBeNull());
    expect(log).toEqual([
      'POST /hub/api/share-codes/alice/lab {"expires_in":604800}',
      "DELETE /hub/api/share-codes/alice/lab?id=sc_9",
    ]);
  });

  test("is by links alone for those who may name nobody, and nothing for those who may not share", async () => {
    shares();
    const { dialog } = await openDialog(["shares!user=alice", "read:users:name!user=alice"]);
    expect(within(dialog).queryByLabelText("Username")).toBeNull();
    expect(within(dialog).getByRole("button", { name: "Make a link" })).toBeVisible();
    expect(sharingRights(["read:shares!user=alice"], "alice").share).toBe(false);
    expect(sharingRights(["shares!user=bob"], "alice").share).toBe(false);
  });
});

describe("what others share", () => {
  const theirs = { ...server, user: { name: "bob" }, url: "/user/bob/lab/" };

  test("is on home, can be opened, and given back after a question", async () => {
    alice(aServer(""));
    let there = true;
    hub.use(
      http.get("/hub/api/users/alice/shared", () =>
        page(there ? [{ server: theirs, kind: "user", user: { name: "alice" }, group: null, created_at: at }] : []),
      ),
      http.delete("/hub/api/users/alice/shared/bob/lab", () => {
        there = false;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { person } = show();
    expect(await screen.findByRole("link", { name: "lab of bob" })).toHaveAttribute("href", "/user/bob/lab/");
    await person.click(screen.getByRole("button", { name: "Give back: lab of bob" }));
    const dialog = await screen.findByRole("dialog", { name: "Give back: lab of bob?" });
    await person.click(within(dialog).getByRole("button", { name: "Give back" }));
    await waitFor(() => expect(screen.queryByRole("region", { name: "Shared with you" })).toBeNull());
  });

  test("is shown to its end", async () => {
    alice(aServer(""));
    const all = Array.from({ length: 130 }, (_, n) => ({
      server: { ...theirs, name: `lab${n}` },
      kind: "user",
      user: { name: "alice" },
      group: null,
      created_at: at,
    }));
    hub.use(
      http.get("/hub/api/users/alice/shared", ({ request }) => {
        const offset = Number(new URL(request.url).searchParams.get("offset"));
        return HttpResponse.json({
          items: all.slice(offset, offset + 100),
          _pagination: { offset, limit: 100, total: all.length },
        });
      }),
    );
    const { person } = show();
    expect(await screen.findByText("These are 100 of 130.")).toBeVisible();
    await person.click(screen.getByRole("button", { name: "Show more" }));
    expect(await screen.findByRole("link", { name: "lab129 of bob" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  });

  test("is not spoken of where there is nothing", async () => {
    alice(aServer(""));
    show();
    await screen.findByRole("region", { name: "Default server", busy: false });
    expect(screen.queryByText("Shared with you")).toBeNull();
  });
});
