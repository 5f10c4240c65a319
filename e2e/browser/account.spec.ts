import { expect, expectAccessible, logIn, test } from "./fixtures.ts";
import { adminPassword } from "./hub.ts";

test("the account says where its person is logged in, and ends the other places", async ({ page, hub, browser }) => {
  await hub.person("wanderer");
  const elsewhere = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const other = await elsewhere.newPage();
  await logIn(other, hub, "wanderer");
  await expect(other.getByRole("heading").first()).toBeVisible();

  await logIn(page, hub, "wanderer");
  await page.getByRole("navigation").getByText("wanderer", { exact: true }).click();
  await page.getByRole("link", { name: "Account" }).click();
  await expect(page.getByRole("heading", { name: "Where you are logged in" })).toBeVisible();
  const rows = page.getByRole("rowgroup").nth(1).getByRole("row");
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: "this one" })).toHaveCount(1);
  await expect(rows.first()).toContainText("Linux");
  await expectAccessible(page);

  await page.getByRole("button", { name: /^End Chrom.*127/ }).click();
  await expect(page.getByRole("status")).toContainText("logged out there");
  await expect(rows).toHaveCount(1);
  await other.reload();
  await expect(other).toHaveURL(/\/hub\/login/);
  await elsewhere.close();
});

test("on a phone, without scripts, all of the account can be used", async ({ browser, native }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
  const page = await context.newPage();
  await logIn(page, native, "admin", "/hub/account");
  await expect(page.getByRole("heading", { name: "Password" })).toBeVisible();
  await expect(page.getByLabel("New password", { exact: true })).toBeVisible();
  await page.getByLabel("Current password").fill("not it");
  await page.getByLabel("New password", { exact: true }).fill("six grey geese");
  await page.getByLabel("New password, again").fill("six grey geese");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await context.close();
});

test("a browser that asks for German reads it on the pages of the hub, on a phone, too", async ({
  browser,
  native,
}) => {
  const context = await browser.newContext({ locale: "de-DE", viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(`${native.url}/hub/login`);
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await page.getByLabel("Name").fill("admin");
  await page.getByLabel("Passwort", { exact: true }).fill("wrong");
  await page.getByRole("button", { name: "Zeigen das Passwort" }).click();
  await expect(page.getByLabel("Passwort", { exact: true })).toHaveAttribute("type", "text");
  await page.getByRole("button", { name: "Verbergen das Passwort" }).click();
  await page.getByRole("button", { name: "Anmelden" }).click();
  await expect(page.getByRole("alert")).toContainText("Der Name oder das Passwort stimmt nicht.");
  await page.getByLabel("Passwort", { exact: true }).fill(adminPassword);
  await page.getByRole("button", { name: "Anmelden" }).click();
  for (const [path, heading] of [
    ["account", "Konto"],
    ["token", "Zugangstokens"],
    ["change-password", "Passwort ändern"],
    ["nothing", "Hier ist nichts"],
  ]) {
    await page.goto(`${native.url}/hub/${path}`);
    await expect(page.getByRole("heading", { level: 1, name: heading as string, exact: true })).toBeVisible();
    await expectAccessible(page);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(beyond, `pixels of ${path} beside the screen`).toBeLessThanOrEqual(0);
  }
  await context.close();
});
