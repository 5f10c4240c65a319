import type { Page } from "@playwright/test";
import { expect, expectAccessible, logIn, test } from "./fixtures.ts";
import type { Hub } from "./hub.ts";

async function openTokens(page: Page, hub: Hub, name: string): Promise<void> {
  await hub.person(name);
  await logIn(page, hub, name, "/hub/token");
  await expect(page.getByRole("heading", { name: "Tokens", exact: true })).toBeVisible();
}

async function makeToken(page: Page, note: string, scopes = ""): Promise<void> {
  await page.getByLabel("Note").fill(note);
  await page.getByLabel("Permissions").fill(scopes);
  await page.getByRole("button", { name: "Make a token" }).click();
}

/** What the clipboard holds, by pasting it as people do. */
async function pasted(page: Page): Promise<string> {
  const field = page.getByLabel("Note");
  await field.fill("");
  await field.press("Control+V");
  return field.inputValue();
}

for (const way of ["the clipboard", "the older way, where plain HTTP has no clipboard"]) {
  test(`a new token is copied by its button: ${way}`, async ({ page, hub, context }) => {
    if (way === "the clipboard") await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    else await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "clipboard"));
    await openTokens(page, hub, "copier");
    await makeToken(page, "a script");
    const secret = await page.getByLabel("The new token").inputValue();
    expect(secret.length).toBeGreaterThan(20);
    expect(await page.evaluate(() => "clipboard" in navigator)).toBe(way === "the clipboard");

    const copy = page.getByRole("button", { name: "Copy the token" });
    await copy.focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("button", { name: "Copied the token" })).toBeVisible();
    expect(await pasted(page)).toBe(secret);
  });
}

test("where a browser lets nothing be copied, the token is selected for the keys", async ({ page, hub }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(Navigator.prototype, "clipboard");
    document.execCommand = () => false;
  });
  await openTokens(page, hub, "copier");
  await makeToken(page, "a script");
  const secret = await page.getByLabel("The new token").inputValue();
  await page.getByRole("button", { name: "Copy the token" }).click();
  await expect(page.getByRole("button", { name: /Cop/ })).toHaveCount(0);
  await page.keyboard.press("Control+C");
  expect(await pasted(page)).toBe(secret);
});

test("only the field that is wrong is red, and has the focus", async ({ page, hub }) => {
  await openTokens(page, hub, "scopes");
  const [note, scopes] = [page.getByLabel("Note"), page.getByLabel("Permissions")];
  const border = (field: typeof note) => field.evaluate((e) => getComputedStyle(e).borderTopColor);
  const calm = await border(note);
  await makeToken(page, "a script", "read:everything");
  await expect(page.getByRole("alert")).toContainText("There is no permission called read:everything.");
  await expect(scopes).toBeFocused();
  await expect(scopes).toHaveAccessibleDescription(/There is no permission called read:everything\./);
  expect(await border(scopes)).not.toBe(calm);
  expect(await border(note)).toBe(calm);
  await expect(note).toHaveValue("a script");
  await expectAccessible(page);
});

test("the tokens fit a phone, however long their permissions are", async ({ page, hub }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await openTokens(page, hub, "phone");
  const long = `read:users!user=phone ${"access:servers!server=phone/a-server-with-a-long-name ".repeat(2)}`;
  await makeToken(page, "x".repeat(120), long.trim());
  await expect(page.getByRole("status")).toContainText("not shown again");
  const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(await beyond()).toBe(0);
  await page.getByText("Revoke…").first().click();
  await expect(page.getByRole("button", { name: "Keep it" })).toBeInViewport();
  expect(await beyond()).toBe(0);
  // Nothing is cut off at the edge either: all that can be pressed or read ends before it.
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll("main *:not(.hidden)")]
      .filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().right > window.innerWidth)
      .map((e) => e.outerHTML.slice(0, 120)),
  );
  expect(cut).toEqual([]);
  await makeToken(page, "y", "read:everything");
  await expect(page.getByRole("alert")).toBeVisible();
  expect(await beyond()).toBe(0);
});

test("a wrong address still leads on", async ({ page, hub }) => {
  await hub.person("lost");
  await logIn(page, hub, "lost");
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
  const answer = await page.goto(`${hub.url}/hub/nothing`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
  const navigation = page.getByRole("navigation", { name: "Main" });
  await navigation.getByText("lost").click();
  await navigation.getByRole("link", { name: "Tokens" }).click();
  await expect(page.getByRole("heading", { name: "Tokens", exact: true })).toBeVisible();
});
