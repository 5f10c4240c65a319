import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { Person } from "../../api/users";
import type { AppData } from "../../data";
import { hub } from "../../testing/hub";
import { show } from "../../testing/render";

/** Opens the form about somebody; the result notes what is saved. */
async function edit(about: Partial<Person>, viewer: Partial<AppData> = { admin: true }) {
  const one: Person = {
    kind: "user",
    name: "ann",
    admin: false,
    groups: [],
    servers: {},
    last_activity: null,
    ...about,
  };
  const saved: unknown[] = [];
  hub.use(
    http.get("/hub/api/users", () =>
      HttpResponse.json({ items: [one], _pagination: { offset: 0, limit: 50, total: 1, next: null } }),
    ),
    http.get("/hub/api/users/ann", () => HttpResponse.json(one, { headers: { ETag: '"1"' } })),
    http.patch("/hub/api/users/ann", async ({ request }) => {
      saved.push(await request.json());
      return HttpResponse.json(one);
    }),
  );
  window.history.replaceState(null, "", "/hub/admin/users?user=ann");
  const { person } = show("/hub/admin/users", { panel: true, scopes: ["list:users", "admin:users"], ...viewer });
  const drawer = within(await screen.findByRole("dialog"));
  await person.click(await drawer.findByRole("button", { name: "Edit User" }));
  return { person, drawer, saved };
}

const odd = ["Algebra, Mon", "a;b"];

test("groups whose names hold a comma stay as they are where something else of them is changed", async () => {
  const { person, drawer, saved } = await edit({ groups: odd });
  expect(drawer.getByLabelText("Groups")).toHaveValue('"Algebra, Mon", "a;b"');
  await person.click(drawer.getByLabelText("Administrator"));
  await person.click(drawer.getByRole("button", { name: "Save Changes" }));
  await waitFor(() => expect(saved).toEqual([{ admin: true }]));
});

test("groups whose names hold a comma stay beside one more", async () => {
  const { person, drawer, saved } = await edit({ groups: odd });
  await person.type(drawer.getByLabelText("Groups"), ", lab");
  await person.click(drawer.getByRole("button", { name: "Save Changes" }));
  await waitFor(() => expect(saved).toEqual([{ groups: [...odd, "lab"] }]));
});

test("administrators cannot take their own rights", async () => {
  const { drawer } = await edit({ admin: true }, { admin: true, user: "ann" });
  expect(drawer.getByLabelText("Administrator")).toBeDisabled();
  expect(drawer.getByText(/you cannot/)).toBeVisible();
});

test("who is no administrator is not offered to make one", async () => {
  const { drawer } = await edit({}, { admin: false });
  expect(drawer.getByLabelText("Username")).toBeVisible();
  expect(drawer.queryByLabelText("Administrator")).toBeNull();
});
