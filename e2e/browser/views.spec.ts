import { expect, expectAccessible, logIn, test } from "./fixtures.ts";
import { adminPassword } from "./hub.ts";

test.use({ viewport: { width: 1280, height: 800 } });

test("a view can be saved under a name, shared by its address, left by 'back', and deleted", async ({
  page,
  context,
  hub,
}) => {
  for (const name of ["views-a", "views-b"]) await hub.api("POST", `/users/${name}`);
  await logIn(page, hub, "admin", "/hub/admin/users?q=views-&sort=-name");
  await expect(page.getByRole("row", { name: /views-b/ })).toBeVisible();
  const menu = page.locator("summary", { hasText: "Views" });
  await menu.click();
  await page.getByLabel("Name of the view").fill("end of term");
  await page.keyboard.press("Enter");
  await expect(page.getByText("“end of term” is saved.")).toBeVisible();
  await expectAccessible(page, "details[open]");
  await page.screenshot({ path: "test-results/views.png" });
  await page.keyboard.press("Escape");
  await expect(menu).toBeFocused();
  await expect(page.getByLabel("Name of the view")).toBeHidden();

  await page.goto(`${hub.url}/hub/admin/users?q=views-a`);
  await menu.click();
  await page.getByRole("link", { name: "end of term" }).click();
  await expect(page).toHaveURL(/\?q=views-&sort=-name$/);
  await expect(page.getByRole("row", { name: /views-b/ })).toBeVisible();
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.locator("tr[data-name]").first()).toHaveAttribute("data-name", "views-b");
  await other.close();
  await page.goBack();
  await expect(page).toHaveURL(/\?q=views-a$/);
  await expect(page.getByRole("row", { name: /views-b/ })).toBeHidden();

  await menu.click();
  await page.getByRole("button", { name: "Delete the view “end of term”" }).click();
  await expect(page.getByRole("button", { name: "Undo" })).toBeFocused();
  await expect(page.getByRole("link", { name: "end of term" })).toBeHidden();
});

test("a view of a column that no longer exists says so in German, too, on a phone, and is kept", async ({
  browser,
  hub,
}) => {
  const context = await browser.newContext({ locale: "de-DE", viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(`${hub.url}/hub/login?next=/hub/admin/users`);
  await page.getByLabel("Name").fill("admin");
  await page.getByLabel("Passwort", { exact: true }).fill(adminPassword);
  await page.getByRole("button", { name: "Anmelden" }).click();
  await page.waitForURL(/admin\/users/);
  await hub.api("PUT", "/user/views/by%20quota", { query: "q=views-&sort=quota&page=99" });
  await page.locator("summary", { hasText: "Ansichten" }).click();
  const link = page.getByRole("link", { name: "by quota" });
  await expect(link).toBeInViewport({ ratio: 1 });
  await page.screenshot({ path: "test-results/views-phone.png" });
  await link.click();
  await expect(page.getByText(/Es gibt keine Spalte „quota“/)).toBeVisible();
  await expect(page.getByText("Eine Seite 99 gibt es nicht mehr.").or(page.getByText(/Niemand passt/))).toBeVisible();
  await expectAccessible(page);
  expect((await hub.api("GET", "/user/views")).body).toMatchObject({
    views: [{ name: "by quota", query: "q=views-&sort=quota&page=99" }],
  });
  await context.close();
});
