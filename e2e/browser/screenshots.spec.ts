import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures.ts";

const folder = join(import.meta.dirname, "..", "..", "docs", "images");

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), animations: "disabled", caret: "hide" });
  }
}

test("the hub's pages", async ({ page, hub }) => {
  await page.goto(`${hub.url}/hub/login`);
  await shoot(page, "login");
  await hub.startServer("aup01");
  await logIn(page, hub, "aup01");
  await expect(page.getByRole("link", { name: /^Open / })).toBeVisible();
  await shoot(page, "home");
  await page.goto(`${hub.url}/hub/change-password`);
  await shoot(page, "change-password");
  await page.goto(`${hub.url}/hub/logout`);
  await hub.person("failing");
  await logIn(page, hub, "failing", "/hub/spawn");
  await expect(page.getByRole("heading", { name: /could not start/ })).toBeVisible();
  await page.getByText("What the server wrote last").click();
  await shoot(page, "could-not-start");
});

test("JupyterLab inside", async ({ page, jupyterHub: hub }) => {
  await hub.startServer("aup01");
  await logIn(page, hub, "aup01", "/user/aup01/lab");
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click({ timeout: 60_000 });
  await page.locator(".jp-Notebook .jp-Cell .cm-content").first().click();
  await page.keyboard.type('name = "Atrium"');
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type('f"{name}: {6 * 7}"');
  await page.keyboard.press("Shift+Enter");
  await expect(page.locator(".jp-OutputArea-output").first()).toContainText("42", { timeout: 60_000 });
  await expect(page.getByText(/Python 3.*\| Idle/)).toBeVisible({ timeout: 60_000 });
  await page.screenshot({ path: join(folder, "jupyterlab.png"), animations: "disabled", caret: "hide" });
});

test("starting", async ({ page, jupyterHub: hub }) => {
  await hub.person("aup02");
  await logIn(page, hub, "aup02", "/hub/spawn");
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expect(page.getByText(/process started/).first()).toBeVisible();
  await shoot(page, "starting");
});
