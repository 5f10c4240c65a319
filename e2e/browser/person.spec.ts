import type { Locator, Page } from "@playwright/test";
import { expect, expectAccessible, logIn, test } from "./fixtures.ts";

// Somebody's details in the panel, and what is done there; tests begin with the promise's number.

test.use({ viewport: { width: 1280, height: 800 } });

/** Opens somebody's details in the panel, and there what edits them. */
async function edit(page: Page, name: string): Promise<Locator> {
  await page.getByRole("button", { name: `Edit ${name}` }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("button", { name: "Edit User" }).click();
  await expect(drawer.getByLabel("Username")).toHaveValue(name);
  return drawer;
}

test("G10 of two who edit somebody, the second is told what the first changed, and keeps both", async ({
  page,
  hub,
  browser,
}) => {
  await hub.api("POST", "/users/two-a");
  for (const group of ["two-lab", "two-class"]) await hub.api("POST", `/groups/${group}`);
  await hub.api("POST", "/users", { usernames: ["two-teacher"], admin: true });
  await logIn(page, hub, "admin", "/hub/admin/users?q=two-a");
  const drawer = await edit(page, "two-a");
  await drawer.getByLabel("Groups").fill("two-lab");

  const other = await (await browser.newContext()).newPage();
  await logIn(other, hub, "two-teacher", "/hub/admin/users?q=two-a");
  const theirs = await edit(other, "two-a");
  await theirs.getByLabel("Administrator").check();
  await theirs.getByLabel("Groups").fill("two-class");
  await theirs.getByRole("button", { name: "Save Changes" }).click();
  await expect(theirs.getByRole("button", { name: "Edit User" })).toBeVisible();

  await drawer.getByRole("button", { name: "Save Changes" }).click();
  const told = drawer.getByRole("alert");
  await expect(told).toContainText("Somebody else has changed two-a meanwhile");
  await expect(told).toContainText("made an administrator by two-teacher");
  await expect(told).toContainText("put into two-class by two-teacher");
  await expect(drawer.getByLabel("Groups")).toHaveValue("two-class, two-lab");
  await expectAccessible(page);
  await drawer.getByRole("button", { name: "Keep mine too" }).click();
  await expect(drawer.getByRole("button", { name: "Edit User" })).toBeVisible();
  const { body } = await hub.api("GET", "/users/two-a");
  expect(body).toMatchObject({ admin: true, groups: ["two-class", "two-lab"] });

  // The other way round: what the other has made of them is taken.
  await other.reload();
  const again = other.getByRole("dialog");
  await again.getByRole("button", { name: "Edit User" }).click();
  await again.getByLabel("Administrator").uncheck();
  await hub.api("PATCH", "/users/two-a", { name: "two-b", groups: [] });
  await again.getByRole("button", { name: "Save Changes" }).click();
  await expect(again.getByRole("alert")).toContainText("renamed from two-a to two-b by admin");
  await again.getByRole("button", { name: "Take theirs" }).click();
  await expect(other.getByRole("dialog", { name: "two-b" })).toBeVisible();
  expect((await hub.api("GET", "/users/two-b")).body).toMatchObject({ admin: true, groups: [] });
  await other.context().close();
});

test("G10 who is deleted while they are edited is told of, and nothing that was typed is lost", async ({
  page,
  hub,
}) => {
  await hub.api("POST", "/users/two-c");
  await logIn(page, hub, "admin", "/hub/admin/users?q=two-c");
  const drawer = await edit(page, "two-c");
  await drawer.getByLabel("Username").fill("two-renamed");
  await hub.api("DELETE", "/users/two-c");
  await drawer.getByRole("button", { name: "Save Changes" }).click();
  await expect(drawer.getByRole("alert")).toContainText(/two-c was deleted meanwhile\. \(by admin/);
  await expect(drawer.getByLabel("Username")).toHaveValue("two-renamed");
  await expect(drawer.getByRole("button", { name: "Save Changes" })).toHaveCount(0);
  await expectAccessible(page);
  await drawer.getByRole("button", { name: "Close" }).click();
  await expect(page.getByText("Nobody matches this search.")).toBeVisible();
});

test("G30 who looks into a server opens it from the panel, and its owner sees who is there", async ({
  page,
  jupyterHub: hub,
  browser,
}) => {
  await hub.startServer("seen");
  await logIn(page, hub, "admin", "/hub/admin/users?q=seen");
  const beside = page.waitForEvent("popup");
  await page
    .getByRole("row", { name: /seen/ })
    .getByRole("link", { name: /^Open the server of seen/ })
    .click();
  const lab = await beside;
  await lab.getByRole("button", { name: "Allow" }).click();
  await expect(lab.locator(".jp-LauncherCard").first()).toBeVisible({ timeout: 60_000 });

  const own = await (await browser.newContext()).newPage();
  await logIn(own, hub, "seen");
  await expect(own.getByText(/admin is in your server, since/)).toBeVisible();
  await expectAccessible(own);
  await own.context().close();
  await page.getByRole("button", { name: "Edit seen" }).click();
  await expect(page.getByRole("dialog").getByText(/admin is in it, since/)).toBeVisible();
  await expectAccessible(page);
  const log = await hub.api("GET", "/audit?action=server.visit&target=seen/");
  expect((log.body as { items: unknown[] }).items).toHaveLength(1);
  await lab.close();
});

test("G12 servers are started and stopped in the details, and a start that fails says why", async ({ page, hub }) => {
  await hub.person("ctl");
  await logIn(page, hub, "admin", "/hub/admin/users?user=ctl");
  const drawer = page.getByRole("dialog", { name: "ctl" });
  await drawer.getByRole("button", { name: "Start the server of ctl" }).click();
  await expect(drawer.getByText("Running")).toBeVisible({ timeout: 30_000 });
  await drawer.getByRole("button", { name: "Stop the server of ctl" }).click();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(drawer.getByText("Stopped")).toBeVisible({ timeout: 30_000 });

  await hub.person("failing");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${hub.url}/hub/admin/users?user=failing&q=failing`);
  const failing = page.getByRole("dialog", { name: "failing" });
  await failing.getByRole("button", { name: "Start the server of failing" }).click();
  await expect(failing.getByText("Failed")).toBeVisible({ timeout: 30_000 });
  await expect(failing.getByRole("alert").first()).not.toBeEmpty();
  await failing.getByText("What became of it").click();
  await expect(failing.locator("li[data-kind=failed]").first()).toBeVisible();
  await failing.getByText("What it wrote last").click();
  await expect(failing.getByText("No module named 'jupyterlab_of_the_test'").first()).toBeVisible();
  await expectAccessible(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(wide).toBe(false);
});

test("G10 somebody is edited by the keyboard alone", async ({ page, hub }) => {
  await hub.api("POST", "/users/keyed");
  await logIn(page, hub, "admin", "/hub/admin/users?q=keyed");
  const press = async (target: Locator, key = "Enter") => {
    await expect(target).toBeVisible();
    for (let i = 0; i < 40 && !(await target.evaluate((e) => e === document.activeElement)); i++) {
      await page.keyboard.press("Tab");
    }
    await expect(target).toBeFocused();
    await page.keyboard.press(key);
  };
  await press(page.getByRole("button", { name: "Edit keyed" }));
  const drawer = page.getByRole("dialog", { name: "keyed" });
  await press(drawer.getByRole("button", { name: "Edit User" }));
  await press(drawer.getByLabel("Administrator"), "Space");
  await press(drawer.getByRole("button", { name: "Save Changes" }));
  await expect(drawer.getByRole("button", { name: "Edit User" })).toBeVisible();
  expect((await hub.api("GET", "/users/keyed")).body).toMatchObject({ admin: true });
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
});

test("G11 what is pressed without a network says so at once, and is not done later by itself", async ({
  page,
  hub,
}) => {
  await hub.person("offline");
  await logIn(page, hub, "admin", "/hub/admin/users?q=offline");
  await page.getByRole("button", { name: "Set the password of offline" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Generate" }).click();
  await page.context().setOffline(true);
  await dialog.getByRole("button", { name: "Set Password" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await page.context().setOffline(false);
  await expect(dialog.getByRole("button", { name: "Set Password" })).toBeEnabled();
});
