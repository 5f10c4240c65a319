import { expect, expectAccessible, logIn, test } from "./fixtures.ts";

test("the pages before the login", async ({ page, hub }) => {
  await page.goto(`${hub.url}/hub/login`);
  await expectAccessible(page);
  await page.getByLabel("Username").fill("nobody");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expectAccessible(page);
});

test("home, password, error and logged out", async ({ page, hub }) => {
  await hub.startServer("ann");
  await logIn(page, hub, "ann");
  await expect(page.getByRole("link", { name: /^Open / })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: /^Stop / }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page);
  await page.goto(`${hub.url}/hub/change-password`);
  await expectAccessible(page);
  await page.goto(`${hub.url}/hub/token`);
  await page.getByLabel("Note").fill("a script");
  await page.getByRole("button", { name: "Make a token" }).click();
  await expect(page.getByRole("status")).toContainText("not shown again");
  await page.getByText("Revoke…").first().click();
  await expectAccessible(page);
  const missing = await page.goto(`${hub.url}/hub/there/is/nothing`);
  expect(missing?.status()).toBe(404);
  await expectAccessible(page);
  await page.goto(`${hub.url}/hub/logout`);
  await expectAccessible(page);
});

test("starting, its end, failed and not running", async ({ page, hub }) => {
  await hub.person("slow");
  await logIn(page, hub, "slow", "/hub/spawn?next=/user/slow/");
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Cancel the start" }).click();
  await page.goto(`${hub.url}/user/slow/lab`);
  await expect(page.getByRole("heading", { name: /is not running/ })).toBeVisible();
  await expectAccessible(page);
  // Options in a link need a click.
  await page.goto(`${hub.url}/hub/spawn?opt-note=1`);
  await expect(page.getByRole("button", { name: "Start" })).toBeVisible();
  await expectAccessible(page);

  await hub.person("failing");
  await page.goto(`${hub.url}/hub/logout`);
  await logIn(page, hub, "failing", "/hub/spawn");
  await expect(page.getByRole("heading", { name: /could not start/ })).toBeVisible();
  await page.getByText("What the server wrote last").click();
  await expectAccessible(page);
});

test("the confirmation of an application", async ({ page, jupyterHub: hub }) => {
  await hub.startServer("carol");
  await logIn(page, hub, "admin", "/user/carol/lab");
  await expect(page.getByRole("button", { name: "Allow" })).toBeVisible();
  await expectAccessible(page);
});
