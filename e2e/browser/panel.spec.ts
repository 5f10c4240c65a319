import { expect, expectAccessible, logIn, test } from "./fixtures.ts";

// The sentences of the guide's section 'Web Interface (Admin Panel)'; tests begin with the promise's number.

test.use({ viewport: { width: 1280, height: 800 } });

test("G7 G8 the panel is at /hub/admin/users, with the guide's columns", async ({ page, hub }) => {
  await hub.api("POST", "/users/panel-a");
  await hub.api("POST", "/groups/panel-class", { users: ["panel-a"] });
  await logIn(page, hub, "admin", "/hub/admin");
  await expect(page).toHaveURL(`${hub.url}/hub/admin/users`);
  await expect(page.getByRole("heading", { name: "Users" })).toBeVisible();
  const row = page.getByRole("row", { name: /panel-a/ });
  await expect(row.getByRole("cell", { name: "panel-class" })).toBeVisible();
  await expect(row.getByText("Stopped")).toBeVisible();
  await expect(row.getByText("never")).toBeVisible();
  const admin = page.getByRole("row", { name: /^Select admin admin/ });
  await expect(admin.getByText("Admin", { exact: true })).toBeVisible();
  for (const column of ["Username", "Admin", "Server", "Last Activity"]) {
    await expect(page.getByRole("columnheader", { name: column, exact: true })).toBeVisible();
  }
  await row.getByRole("button", { name: "panel-a", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "panel-a" })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/panel-details.png" });
});

test("G10 somebody is renamed, made an administrator, and put into a group", async ({ page, hub }) => {
  await hub.api("POST", "/users/panel-b");
  await hub.api("POST", "/groups/panel-lab");
  await logIn(page, hub, "admin", "/hub/admin/users?q=panel-b");
  await page.getByRole("button", { name: "Edit panel-b" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("button", { name: "Edit User" }).click();
  await drawer.getByLabel("Username").fill("panel-bb");
  await expect(drawer.getByText(/log in under the new name/)).toBeVisible();
  await drawer.getByLabel("Administrator").check();
  await drawer.getByLabel("Groups").fill("panel-lab");
  await expectAccessible(page);
  await drawer.getByRole("button", { name: "Save Changes" }).click();
  await expect(page.getByRole("dialog", { name: "panel-bb" })).toBeVisible();
  const answer = await hub.api("GET", "/users/panel-bb");
  expect(answer.body).toMatchObject({ name: "panel-bb", admin: true, groups: ["panel-lab"] });
});

test("G11 a password is generated, set, and copied", async ({ page, native }) => {
  await native.api("POST", "/users/panel-c");
  await logIn(page, native, "admin", "/hub/admin/users?q=panel-c");
  await page.getByRole("button", { name: "Set the password of panel-c" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("New password").fill("password1");
  await dialog.getByRole("button", { name: "Set Password" }).click();
  await expect(dialog.getByRole("alert")).toContainText("everybody tries");
  await dialog.getByRole("button", { name: "Generate" }).click();
  await dialog.getByLabel("Force password change on next login").check();
  await dialog.getByRole("button", { name: "Set Password" }).click();
  await expect(dialog.getByText(/The password is set/)).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Copy" })).toBeVisible();
});

test("G12 G13 servers are started and stopped from their rows and many at once", async ({ page, hub }) => {
  for (const name of ["pal-1", "pal-2", "pal-3"]) await hub.api("POST", `/users/${name}`);
  await logIn(page, hub, "admin", "/hub/admin/users?q=pal-");
  await page.getByRole("button", { name: "Start the server of pal-1" }).click();
  await expect(page.getByRole("row", { name: /pal-1/ }).getByText("Running")).toBeVisible({ timeout: 30_000 });
  await page.getByLabel("Select all on this page").check();
  await expect(page.getByText("3 selected")).toBeVisible();
  await page.screenshot({ path: "test-results/panel-selected.png" });
  await expectAccessible(page);
  await page.getByRole("button", { name: "Start All Selected" }).click();
  await page.getByRole("button", { name: "Start 2 servers" }).click();
  await expect(page.getByText(/3 of 3 done/)).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("row", { name: /pal-3/ }).getByText("Running")).toBeVisible({ timeout: 30_000 });
  await page.getByRole("button", { name: "Stop All Selected" }).click();
  await page.getByRole("button", { name: "Stop 3 servers" }).click();
  await page.getByRole("button", { name: "Close" }).click();
  for (const name of ["pal-1", "pal-2", "pal-3"]) {
    await expect(page.getByRole("row", { name: new RegExp(name) }).getByText("Stopped")).toBeVisible({
      timeout: 30_000,
    });
  }
});

test("G14 the list is searched, narrowed to active servers, and sorted by its columns", async ({ page, hub }) => {
  for (const name of ["pas-a", "pas-b"]) await hub.api("POST", `/users/${name}`);
  await hub.api("POST", "/users/pas-b/server");
  await logIn(page, hub, "admin", "/hub/admin/users");
  await page.getByLabel("Search users").fill("pas-");
  await expect(page.getByRole("row")).toHaveCount(3);
  await page.getByLabel("Only Active Servers").check();
  await expect(page.getByRole("row", { name: /pas-b/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /pas-a/ })).toBeHidden();
  await page.getByLabel("Only Active Servers").uncheck();
  for (const [column, first] of [
    ["Server", "pas-b"],
    ["Username", "pas-a"],
  ] as const) {
    await page.getByRole("columnheader", { name: column, exact: true }).getByRole("button").click();
    await expect(page.getByRole("row").nth(1)).toContainText(first);
  }
  await page.goBack();
  await expect(page.getByRole("row").nth(1)).toContainText("pas-b");
  await page.getByLabel("Search users").fill("sever:on");
  await expect(page.getByText(/is no filter/)).toBeVisible();
  await hub.api("DELETE", "/users/pas-b/server");
});

test("the panel is for those who may see it", async ({ page, hub }) => {
  await logIn(page, hub, "panel-nobody", "/hub/admin/users");
  await expect(page.getByText("This is for administrators.")).toBeVisible();
  await page.goto(`${hub.url}/hub/home`);
  await expect(page.getByRole("link", { name: "Admin" })).toHaveCount(0);
});

test("the panel is used on a phone", async ({ page, hub }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await logIn(page, hub, "admin", "/hub/admin/users");
  await expect(page.getByRole("button", { name: "Create Users" })).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(wide).toBe(false);
  await page.screenshot({ path: "test-results/panel-phone.png" });
});
