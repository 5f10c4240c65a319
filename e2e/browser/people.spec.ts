import type { Locator, Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures.ts";
import { adminPassword, sharedPassword } from "./hub.ts";

test("a wrong password is told, and the name kept", async ({ page, hub }) => {
  await page.goto(hub.url);
  await page.getByLabel("Username").fill("admin");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toContainText("password");
  await expect(page.getByLabel("Username")).toHaveValue("admin");
  await expect(page.getByLabel("Password")).toHaveValue("");
});

test("a password is changed, and the old one is of no use", async ({ page, hub }) => {
  const fresh = "another good password";
  await logIn(page, hub, "admin");
  await page.getByRole("navigation").getByText("admin", { exact: true }).click();
  await page.getByRole("link", { name: "Account" }).click();
  const change = async (old: string, next: string, again: string) => {
    await page.getByLabel("Current password").fill(old);
    await page.getByLabel("New password", { exact: true }).fill(next);
    await page.getByLabel("New password, again").fill(again);
    await page.getByRole("button", { name: "Change password" }).click();
  };
  await change("not it", fresh, fresh);
  await expect(page.getByRole("alert")).toBeVisible();
  await change(adminPassword, fresh, "something else");
  await expect(page.getByRole("alert")).toBeVisible();
  await change(adminPassword, fresh, fresh);
  await expect(page.getByRole("status")).toContainText("changed");

  await page.goto(`${hub.url}/hub/logout`);
  await logIn(page, hub, "admin");
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password").fill(fresh);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
  // Back to what the other tests know.
  await page.goto(`${hub.url}/hub/change-password`);
  await change(fresh, adminPassword, adminPassword);
  await expect(page.getByRole("status")).toContainText("changed");
});

test("a start that fails says why, with the server's own words", async ({ page, hub }) => {
  await hub.person("failing");
  await logIn(page, hub, "failing", "/hub/spawn");
  await expect(page.getByRole("heading", { name: /could not start/ })).toBeVisible();
  await expect(page.getByRole("alert")).not.toBeEmpty();
  const log = page.getByText("What the server wrote last");
  await log.click();
  await expect(page.getByText("No module named 'jupyterlab_of_the_test'").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
});

test("the keyboard is enough to log in, start and stop", async ({ page, hub }) => {
  await hub.person("kim");
  await page.goto(`${hub.url}/hub/home`);
  await expect(page.getByLabel("Username")).toBeFocused();
  await page.keyboard.type("kim");
  await page.keyboard.press("Tab");
  await page.keyboard.type(sharedPassword);
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: /^Start / }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Notebook of kim" })).toBeVisible();

  await page.goto(`${hub.url}/hub/home`);
  await tabTo(page, page.getByRole("link", { name: /^Open / }));
  await tabTo(page, page.getByRole("button", { name: /^Stop / }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Keep it running" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: /^Start / })).toBeVisible();
});

async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let i = 0; i < 30; i++) {
    if (await target.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
}

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("log in, start and stop", async ({ page, hub }) => {
    await hub.person("plain");
    await logIn(page, hub, "plain");
    await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/\/user\/plain\//, { timeout: 30_000 });
    await page.goto(`${hub.url}/hub/home`);
    const stopped = page.waitForResponse((r) => r.request().method() === "POST");
    await page.getByRole("button", { name: "Stop" }).click();
    await stopped;
    await expect(async () => {
      await page.goto(`${hub.url}/hub/home`);
      await expect(page.getByRole("button", { name: "Start" })).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 20_000 });
  });
});
