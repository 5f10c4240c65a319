import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { adminPassword, type Hub } from "./hub.ts";

/** What the teacher of a group can do, or not: the API and the command line are held to the same table. */
interface Row {
  action: string;
  whom: string;
  allowed: boolean;
  /** The control that does it, and the page that has it. */
  panel?: { page: string; control: string };
}

const file = join(import.meta.dirname, "..", "testdata", "teacher.json");
const { rows } = JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] };

test.use({ viewport: { width: 1280, height: 800 } });

test("G12: the panel has for the teacher of a group what the table says, and nothing else of it", async ({
  page,
  native,
}) => {
  for (const name of ["ada", "anton", "bob", "tess"]) await native.person(name);
  await native.api("PATCH", "/users/anton", { admin: true });
  await native.api("POST", "/groups/cs101", { users: ["ada", "anton"] });
  await native.api("POST", "/groups/cs102");
  await native.api("POST", "/roles/teacher/users", { user: "tess", group: "cs101" });
  const password = "seven brown foxes";
  await native.api("POST", "/bulk/users/passwords", {
    users: [{ username: "tess", password, must_change_password: false }],
  });

  await logInWith(page, native, "admin", adminPassword);
  for (const row of rows) await expectControl(page, native, row, true); // so that those names are the controls'
  await page.context().clearCookies();
  await logInWith(page, native, "tess", password);
  for (const row of rows) await expectControl(page, native, row, row.allowed);
});

async function logInWith(page: Page, hub: Hub, name: string, password: string): Promise<void> {
  await page.goto(`${hub.url}/hub/login`);
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(/\/hub\/home/);
}

async function expectControl(page: Page, hub: Hub, { action, whom, panel }: Row, there: boolean): Promise<void> {
  if (!panel) return;
  await page.goto(`${hub.url}/hub/${panel.page}`);
  await expect(page.getByRole("table").first()).toHaveAttribute("aria-busy", "false"); // nothing is to come any more
  const drawer = page.getByRole("dialog");
  if (panel.page.includes("group=")) await expect(drawer.getByRole("link", { name: "ada" })).toBeVisible();
  if (panel.page.includes("user=")) await expect(drawer.getByText("cs101")).toBeVisible();
  const of = { name: panel.control, exact: true, includeHidden: true };
  const controls = page.getByRole("button", of).or(page.getByRole("link", of));
  await expect(controls, `${action}, ${whom}`).toHaveCount(there ? 1 : 0);
}
