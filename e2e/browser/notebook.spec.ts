import { expect, logIn, test } from "./fixtures.ts";

test("log in, start, compute in JupyterLab, stop, log out", async ({ page, jupyterHub: hub }) => {
  await hub.person("alice");
  await logIn(page, hub, "alice");
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
  await page.getByRole("button", { name: /^Start / }).click();

  await page.waitForURL(/\/user\/alice\/lab/, { timeout: 60_000 });
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click({ timeout: 60_000 });
  await expect(page.getByText(/Python 3.*\| Idle/)).toBeVisible({ timeout: 60_000 });
  const cell = page.locator(".jp-Notebook .jp-Cell .cm-content").first();
  await cell.click();
  await page.keyboard.type("6*7");
  await page.keyboard.press("Shift+Enter");
  await expect(page.locator(".jp-OutputArea-output").first()).toHaveText(/^\s*42\s*$/, { timeout: 60_000 });
  await page.keyboard.press("Control+s"); // so that the page does not ask whether to leave
  page.on("dialog", (dialog) => dialog.accept());

  await page.goto(`${hub.url}/hub/home`);
  await page.getByRole("button", { name: /^Stop / }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByRole("button", { name: /^Start / })).toBeVisible({ timeout: 60_000 });

  await page.getByRole("navigation").getByText("alice").click();
  await page.getByRole("link", { name: "Log out" }).click();
  await expect(
    page.getByRole("link", { name: "Log in again" }).or(page.getByRole("button", { name: "Log in" })),
  ).toBeVisible();
  await page.goto(`${hub.url}/user/alice/lab`);
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
});

test("an administrator confirms before another's server knows them", async ({ page, jupyterHub: hub }) => {
  await hub.startServer("bob");
  await logIn(page, hub, "admin", "/user/bob/lab");
  await expect(page.getByRole("heading", { name: /to use your account\?$/ })).toBeVisible();
  await expect(page.getByText("This is the notebook server of bob.")).toBeVisible();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForURL(/\/user\/bob\/lab/, { timeout: 60_000 });
  await expect(page.locator(".jp-LauncherCard").first()).toBeVisible({ timeout: 60_000 });

  // The server goes on running, and knows nobody once the session is over.
  await page.goto(`${hub.url}/hub/logout`);
  await page.goto(`${hub.url}/user/bob/lab`);
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
});
