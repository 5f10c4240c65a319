import { join } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";
import { expectAccessible, logIn } from "./fixtures.ts";
import { Hub, trivial } from "./hub.ts";

// The pages of docs/guide/users.md, with a class in them. `make screenshots` puts the pictures into the guide; otherwise they
// lie beside the other results, so that a page that is not as the guide says fails here.

const folder = process.env.E2E_GUIDE_IMAGES ?? join(import.meta.dirname, "..", "test-results", "guide");

const test = base.extend<object, { hub: Hub }>({
  hub: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => {
      const hub = await Hub.start(trivial("--fail", "frank"));
      await seed(hub);
      await use(hub);
      await hub.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

const people = ["ada", "bob", "carol", "dave", "erin", "grace", "heidi", "ivan", "judy"];

async function seed(hub: Hub): Promise<void> {
  await hub.api("POST", "/groups/cs101");
  await hub.api("POST", "/groups/staff", { users: [] });
  await hub.api("POST", "/users", { usernames: [...people, "frank"] });
  await hub.api("POST", "/groups/cs101/users", { users: [...people.slice(0, 6), "frank"] });
  await hub.api("POST", "/groups/staff/users", { users: ["judy"] });
  await hub.api("PATCH", "/users/judy", { admin: true });
  for (const name of people.slice(0, 3)) await hub.startServer(name);
  await hub.api("POST", "/users/frank/server");
  await hub.api("PATCH", "/users/ivan", { suspended: true });
  await hub.api("POST", "/announcements", { text: "The exam of cs101 is on Friday at 9.", level: "warning" });
}

async function shoot(page: Page, name: string): Promise<void> {
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled", caret: "hide" });
}

test.use({ viewport: { width: 1280, height: 760 } });

test("G7 the pages of people in the guide", async ({ page, hub }) => {
  await logIn(page, hub, "admin", "/hub/admin/users");
  await expect(page.getByRole("row", { name: /ada/ }).getByText("Running")).toBeVisible();
  await expect(page.getByRole("row", { name: /ivan/ }).getByText("Suspended")).toBeVisible();
  for (const button of ["Edit ada", "Stop the server of ada"]) {
    await expect(page.getByRole("button", { name: button })).toBeInViewport({ ratio: 1 });
  }
  await shoot(page, "users");

  await page.getByRole("button", { name: "Create Users" }).click();
  await page.getByRole("dialog").getByLabel("Usernames").fill("kim\nlee\nBAD NAME\nmia");
  await shoot(page, "create-users");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();

  await page.goto(`${hub.url}/hub/admin/users?user=bob`);
  await page.getByRole("dialog").getByRole("button", { name: "Edit User" }).click();
  await shoot(page, "edit-user");

  await page.goto(`${hub.url}/hub/admin/users`);
  await page.getByRole("button", { name: "Set the password of carol" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Generate" }).click();
  await shoot(page, "set-password");

  await page.goto(`${hub.url}/hub/admin/users?q=group%3Acs101`);
  await page.getByLabel("Select all on this page").check();
  await expect(page.getByText("7 selected")).toBeVisible();
  await shoot(page, "batch");
});

test("the other pages of the panel in the guide", async ({ page, hub }) => {
  await logIn(page, hub, "admin", "/hub/admin/groups");
  await page.getByRole("button", { name: "cs101" }).click();
  await expect(page.getByRole("dialog").getByText("frank")).toBeVisible();
  await shoot(page, "groups");
  for (const [path, heading] of [
    ["dashboard", "Dashboard"],
    ["announcements", "Announcements"],
    ["services", "Services and tokens"],
    ["audit", "Audit"],
  ] as const) {
    await page.goto(`${hub.url}/hub/admin/${path}`);
    await expect(page.getByRole("heading", { name: heading, exact: true })).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await shoot(page, path);
  }
});

test("what people see in the guide", async ({ page, hub }) => {
  await logIn(page, hub, "ada");
  await expect(page.getByRole("link", { name: /^Open / }).first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Announcements" })).toContainText("The exam of cs101");
  await shoot(page, "home");
  await page.goto(`${hub.url}/hub/account`);
  await shoot(page, "account");
});
