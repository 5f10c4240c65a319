import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures.ts";
import { views, visit } from "./pages.ts";

const folder = join(import.meta.dirname, "..", "..", "docs", "images");
/** Where all pages are, to be looked at; they are no part of the repository. */
const looks = join(import.meta.dirname, "..", "test-results", "pages");

const cells = [
  "6 * 7",
  `from math import sin
from IPython.display import SVG

curves = "".join(
    f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
    + " ".join(f"{x},{80 + 60 * sin(x / 50 + shift):.1f}" for x in range(600))
    + '"/>'
    for shift, colour in enumerate(["#1b5a96", "#2f9e6e", "#d9962b"])
)
SVG(f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="160">{curves}</svg>')`,
];

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), animations: "disabled", caret: "hide" });
  }
}

test.use({ viewport: { width: 1120, height: 520 } });

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
  await page.setViewportSize({ width: 1120, height: 700 });
  await hub.startServer("aup01");
  await logIn(page, hub, "aup01", "/user/aup01/lab");
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click({ timeout: 60_000 });
  await page.getByRole("button", { name: "No", exact: true }).click(); // to news of Jupyter
  await expect(page.getByText(/Python 3.*\| Idle/)).toBeVisible({ timeout: 60_000 });
  await page.locator(".jp-Notebook .jp-Cell .cm-content").first().click();
  for (const cell of cells) {
    await page.keyboard.insertText(cell);
    await page.keyboard.press("Shift+Enter");
  }
  await expect(page.locator(".jp-OutputArea-output").first()).toContainText("42", { timeout: 60_000 });
  await expect(page.locator(".jp-RenderedSVG").first()).toBeVisible();
  await expect(page.getByText(/Python 3.*\| Idle/)).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press("Escape");
  await page.screenshot({ path: join(folder, "jupyterlab.png"), animations: "disabled", caret: "hide" });
});

test("starting", async ({ page, jupyterHub: hub }) => {
  await hub.person("aup02");
  await logIn(page, hub, "aup02", "/hub/spawn");
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expect(page.getByText(/process started/).first()).toBeVisible();
  await shoot(page, "starting");
});

const screens = {
  desk: { viewport: { width: 1120, height: 700 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

for (const [screen, options] of Object.entries(screens)) {
  for (const view of views) {
    test(`${view.name} on a ${screen}`, async ({ browser, hub, native, charged }) => {
      await visit(browser, { hub, native, charged }, view, options, async (page) => {
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          const path = join(looks, `${view.name.replaceAll(" ", "-")}-${screen}-${colorScheme}.png`);
          await page.screenshot({ path, animations: "disabled", caret: "hide", fullPage: true });
        }
      });
    });
  }
}
