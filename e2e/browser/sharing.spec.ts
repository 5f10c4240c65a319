import { test as base, expect, expectAccessible, logIn } from "./fixtures.ts";
import { Hub, trivial } from "./hub.ts";

/** A hub whose people may share their servers, and name each other. */
const test = base.extend<object, { open: Hub }>({
  open: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => {
      const scopes = ["self", "shares!user", "read:users:name", "read:groups:name"];
      const hub = await Hub.start(trivial(), undefined, undefined, { top: { roles: [{ name: "user", scopes }] } });
      await use(hub);
      await hub.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

test("a server is given to a person, opened by them, and taken back", async ({ page, browser, open: hub }) => {
  await hub.person("giver");
  await hub.person("taker");
  await hub.startServer("giver");
  await logIn(page, hub, "giver");
  await page.getByRole("button", { name: "Share… Default server" }).click();
  const dialog = page.getByRole("dialog", { name: "Share the default server" });
  await expect(dialog.getByText("Nobody but you.")).toBeVisible();
  await expectAccessible(page);

  await dialog.getByLabel("Username").fill("nobody-at-all");
  await dialog.getByRole("button", { name: "Give access" }).click();
  await expect(dialog.getByRole("alert")).toContainText("There is nobody called nobody-at-all on this hub");
  await dialog.getByLabel("Username").fill("taker");
  await dialog.getByRole("button", { name: "Give access" }).click();
  await expect(dialog.getByText("taker has access now.")).toBeVisible();

  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "de-DE" });
  const theirs = await context.newPage();
  await theirs.goto(`${hub.url}/hub/login?next=/hub/home`);
  await theirs.getByLabel("Name").fill("taker");
  await theirs.getByLabel("Passwort", { exact: true }).fill("open sesame");
  await theirs.getByRole("button", { name: "Anmelden" }).click();
  const shared = theirs.getByRole("link", { name: "Standardserver von giver" });
  await expect(shared).toBeVisible();
  await expectAccessible(theirs);
  expect(await theirs.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  await shared.click();
  await expect(theirs).toHaveURL(/\/user\/giver\//);

  await dialog.getByRole("button", { name: "Take back: taker" }).click();
  await expect(dialog.getByText("Nobody but you.")).toBeVisible();
  await theirs.goto(`${hub.url}/hub/home`);
  await expect(theirs.getByRole("region", { name: "Standardserver" })).toBeVisible();
  await expect(shared).toBeHidden();
  await context.close();
});

test("a server is given by a link, also on a phone, and whoever has it accepts", async ({ browser, open: hub }) => {
  await hub.person("linker");
  await hub.person("guest");
  const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await phone.newPage();
  await logIn(page, hub, "linker");
  await page.getByRole("button", { name: "Share… Default server" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("With").selectOption("link");
  await dialog.getByRole("button", { name: "Make a link" }).click();
  const url = await dialog.getByLabel("The new link").inputValue();
  expect(url).toContain(`${hub.url}/hub/accept-share?code=`);
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);

  const context = await browser.newContext();
  const theirs = await context.newPage();
  await logIn(theirs, hub, "guest", new URL(url).pathname + new URL(url).search);
  await theirs.getByRole("button", { name: "Accept" }).click();
  await theirs.goto(`${hub.url}/hub/home`);
  await expect(theirs.getByRole("link", { name: "Default server of linker" })).toBeVisible();

  await page.reload();
  await page.getByRole("button", { name: "Share… Default server" }).click();
  await expect(dialog.getByText("used once")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Take back: guest" })).toBeVisible();
  await dialog.getByRole("button", { name: "Take back: A link" }).click();
  await expect(dialog.getByText("used once")).toBeHidden();
  const late = await browser.newContext();
  const other = await late.newPage();
  await hub.person("late");
  await logIn(other, hub, "late", new URL(url).pathname + new URL(url).search);
  await expect(other.getByText("This link to a shared server is not valid any more")).toBeVisible();
  for (const one of [phone, context, late]) await one.close();
});

test("who may not share is not offered it", async ({ page, hub }) => {
  await hub.person("keeper-of-own");
  await logIn(page, hub, "keeper-of-own");
  await expect(page.getByRole("button", { name: /^Start and open/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Share/ })).toHaveCount(0);
});
