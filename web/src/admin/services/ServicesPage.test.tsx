import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { hub } from "../../testing/hub";
import { show } from "../../testing/render";

const token = (n: number, more = {}) => ({
  id: `a${n}`,
  user: "ann",
  note: `n${n} <b>`,
  scopes: ["read:users", "servers", "tokens", "read:groups"],
  created: new Date().toISOString(),
  last_activity: null,
  expires_at: null,
  ...more,
});

/** A hub with two services and some tokens; what is asked of it. */
function programs(next: number | null = null) {
  const asked: string[] = [];
  hub.use(
    http.get("*/hub/api/services", () =>
      HttpResponse.json({
        grader: { kind: "service", name: "grader", admin: false, url: "", roles: [], command: [], from_config: false },
        culler: {
          kind: "service",
          name: "culler",
          admin: false,
          url: "",
          roles: ["cull"],
          command: ["cull"],
          pid: 7,
          from_config: true,
        },
      }),
    ),
    http.get("*/hub/api/tokens", ({ request }) => {
      asked.push(`tokens${new URL(request.url).search}`);
      return HttpResponse.json({
        items: [token(2), token(1, { note: "", scopes: ["inherit"] })],
        next: next && { before: next },
      });
    }),
    http.delete("*", ({ request }) => {
      asked.push(`DELETE ${new URL(request.url).pathname}`);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return asked;
}

const open = (query = "", scopes = ["list:services", "admin:services", "read:tokens", "tokens"]) => {
  window.history.replaceState(null, "", `/hub/admin/services${query}`);
  return show("/hub/admin/services", { panel: true, scopes });
};

test("lists services, those of the configuration locked with the reason", async () => {
  const asked = programs();
  const { person } = open();
  const locked = await screen.findByRole("row", { name: /culler/ });
  expect(within(locked).getByText("runs, process 7")).toBeVisible();
  expect(within(locked).getByText(/From the configuration/)).toBeVisible();
  expect(within(locked).queryByRole("button")).toBeNull();
  await person.click(screen.getByRole("button", { name: "Delete grader" }));
  await person.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(asked).toContain("DELETE /hub/api/services/grader"));
});

test("lists tokens by page and person, and revokes one after a question", async () => {
  const asked = programs(1);
  const { person } = open();
  const row = await screen.findByRole("row", { name: /n2 <b>/ });
  expect(within(row).getByText("read:users, servers and 2 more")).toBeVisible();
  expect(screen.getByText("all that its owner may")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Older tokens" }));
  await waitFor(() => expect(asked).toContain("tokens?before=1"));
  await person.type(screen.getByLabelText("Whose"), "ann");
  await person.click(screen.getByRole("button", { name: "Show" }));
  await waitFor(() => expect(asked).toContain("tokens?user=ann"));
  expect(screen.getByRole("button", { name: "Show" })).toHaveFocus();
  expect(window.location.search).toBe("?tokens_of=ann");
  await person.click(screen.getByRole("button", { name: "Revoke n2 <b> of ann" }));
  await person.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Revoke" }));
  await waitFor(() => expect(asked).toContain("DELETE /hub/api/users/ann/tokens/a2"));
});

test("shows only what one may see and do", async () => {
  programs();
  open("", ["list:services", "read:tokens!user=alice"]);
  expect(await screen.findByRole("row", { name: /grader/ })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Delete grader" })).toBeNull();
  expect(screen.queryByRole("heading", { name: "Tokens" })).toBeNull();
});
