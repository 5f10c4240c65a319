import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "./fixtures.ts";

const chosen = "seven brown foxes";

async function enter(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

for (const javaScriptEnabled of [true, false]) {
  const name = javaScriptEnabled ? "first" : "plain";
  test.describe(javaScriptEnabled ? "in a browser" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("the first login sets the password, once it was typed twice", async ({ page, native: hub }) => {
      await hub.person(name);
      await page.goto(`${hub.url}/user/${name}/`);
      await enter(page, name, "password1");
      await expect(page.getByRole("alert")).toContainText("everybody tries");
      await expect(page.getByLabel("Username")).toHaveValue(name);

      await enter(page, name, chosen);
      await expect(page.getByRole("heading", { name: "Set your password" })).toBeVisible();
      await expect(page.getByLabel("The same password, again")).toBeFocused();
      if (javaScriptEnabled) await expectAccessible(page);
      await page.keyboard.type("seven brown foxed");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("alert")).toContainText("not the same");

      await enter(page, name, chosen);
      await page.getByLabel("The same password, again").fill(chosen);
      await page.getByRole("button", { name: "Set password and log in" }).click();
      await page.waitForURL(new RegExp(`/user/${name}/`));

      await page.goto(`${hub.url}/hub/logout`);
      await enter(page, name, "the words of eve");
      await expect(page.getByRole("alert")).toContainText("Ask an administrator of this hub");
      await enter(page, name, chosen);
      await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
    });

    test("who must change the password does nothing before", async ({ page, native: hub }) => {
      const who = `forced-${name}`;
      const { status } = await hub.api("POST", "/bulk/users", {
        users: [{ username: who, password: "Welcome123", must_change_password: true }],
      });
      expect(status).toBe(200);
      await page.goto(`${hub.url}/user/${who}/`);
      await enter(page, who, "Welcome123");
      for (const path of ["/hub/home", "/hub/token", `/hub/spawn/${who}`, `/user/${who}/`]) {
        await page.goto(hub.url + path);
        await expect(page.getByRole("heading", { name: "Change password" })).toBeVisible();
      }
      if (javaScriptEnabled) await expectAccessible(page);
      const change = async (old: string, fresh: string) => {
        await page.getByLabel("Current password").fill(old);
        await page.getByLabel("New password", { exact: true }).fill(fresh);
        await page.getByLabel("New password, again").fill(fresh);
        await page.getByRole("button", { name: "Change password" }).click();
      };
      await change("Welcome123", "Welcome123");
      await expect(page.getByRole("alert")).toContainText("the old one");
      await change("Welcome123", `${who}2026`);
      await expect(page.getByRole("alert")).toContainText("too like the username");
      await change("Welcome123", chosen);
      await page.waitForURL(new RegExp(`/(user|hub/spawn|hub/user|hub/spawn-pending)/${who}`)); // where they wanted to go
      await page.goto(`${hub.url}/hub/home`);
      await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
    });
  });
}
