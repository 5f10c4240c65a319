import { readFile } from "node:fs/promises";
import type { Browser, Locator, Page } from "@playwright/test";
import { expect, expectAccessible, logIn, test } from "./fixtures.ts";
import type { Hub } from "./hub.ts";

// 'Create User' of the guide: G9 of the checklist.

test.use({ viewport: { width: 1280, height: 800 } });

/** Opens the dialog as the administrator. */
async function open(page: Page, hub: Hub): Promise<Locator> {
  await logIn(page, hub, "admin", "/hub/admin/users");
  await page.getByRole("button", { name: "Create Users" }).click();
  return page.getByRole("dialog");
}

/** The password that the dialog shows for somebody. */
const passwordOf = async (dialog: Locator, name: string) =>
  (await dialog.getByRole("row", { name }).getByRole("cell").textContent()) ?? "";

/** Where somebody gets with a password. */
async function loggedIn(browser: Browser, hub: Hub, name: string, password: string): Promise<string> {
  const own = await browser.newContext();
  const page = await own.newPage();
  await page.goto(`${hub.url}/hub/login`);
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/login"));
  const { pathname } = new URL(page.url());
  await own.close();
  return pathname;
}

test("G9 people are created with passwords that are shown once", async ({ page, native, browser }) => {
  const dialog = await open(page, native);
  await dialog.getByLabel("Usernames").fill("pan01\npan02\n<img src=x onerror=alert(1)>\nadmin");
  await expect(dialog.getByText("2 people will be made.")).toBeVisible();
  await expect(dialog.getByRole("row", { name: /^3/ })).toContainText("Names mostly have letters");
  await expect(dialog.getByRole("row", { name: /^4/ })).toContainText("exists already");
  await expect(dialog.getByLabel("Force password change on first login")).toBeChecked();
  await expect(dialog.getByLabel("Grant admin privileges")).not.toBeChecked();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/create.png" });
  await dialog.getByRole("button", { name: "Create 2 Users" }).click();
  await expect(dialog.getByText("2 people created.")).toBeVisible();
  const password = await passwordOf(dialog, "pan01");
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/created.png" });

  const saving = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download as CSV" }).click();
  const lines = (await readFile(await (await saving).path(), "utf8")).split("\r\n");
  expect(lines.slice(0, 2)).toEqual(["username,password", `pan01,${password}`]);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("row", { name: /pan02/ })).toBeVisible();
  expect(await loggedIn(browser, native, "pan01", password)).toContain("change-password");
});

test("G9 slips are printed, one for each person", async ({ page, native }) => {
  const dialog = await open(page, native);
  await dialog.getByLabel("Or a prefix").fill("slip");
  await dialog.getByLabel("and how many").fill("12");
  await dialog.getByRole("button", { name: "Fill in" }).click();
  await dialog.getByRole("button", { name: "Create 12 Users" }).click();
  await expect(dialog.getByText("12 people created.")).toBeVisible();
  const password = await passwordOf(dialog, "slip07");
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  const slips = page.locator("body > div > section");
  await expect(slips).toHaveCount(12);
  await expect(slips.nth(6)).toContainText(native.url);
  await expect(slips.nth(6)).toContainText(password);
  await expect(dialog).toBeHidden();
  await page.screenshot({ path: "test-results/slips.png" });
  await page.emulateMedia({ media: "screen" });
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await expect(slips).toHaveCount(0);
  await dialog.getByRole("button", { name: "Done" }).click(); // printed is taken: no question
  await expect(dialog).toBeHidden();
});

test("G9 a spreadsheet's rows and a file are read, and wrong rows are corrected", async ({ page, native, browser }) => {
  await native.api("POST", "/groups/create-lab");
  const dialog = await open(page, native);
  const input = page.locator("input[type=file]");
  await input.setInputFiles({
    name: "photo.xlsx",
    mimeType: "image/png",
    buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]),
  });
  await expect(dialog.getByRole("alert")).toContainText("photo.xlsx");
  await page.screenshot({ path: "test-results/create-no-table.png" });
  const rows = [
    "username;password;groups;admin;Shoe size",
    "fil01;seven brown foxes;create-lab;;42",
    "fil02;short;create-lab;;",
    "fil03;;create-labb;;",
    "<b>fil04</b>;;;;",
    "fil05;;;perhaps;",
    "fil01;;;;",
  ];
  await input.setInputFiles({ name: "class.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) });
  await expect(dialog.getByText("class.csv")).toBeVisible();
  await expect(dialog.getByText("Not read: Shoe size.")).toBeVisible();
  const row = (line: number) => dialog.getByRole("row", { name: new RegExp(`^${line} `) });
  await expect(row(3)).toContainText("too short");
  await expect(row(4)).toContainText("There is no group create-labb");
  await expect(row(5)).toContainText("slash");
  await expect(row(6)).toContainText("true or false");
  await expect(row(7)).toContainText("It is in line 2 already.");
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/create-file.png" });
  await row(3).getByLabel("Password in line 3").fill("eight brown foxes");
  await expect(row(3)).toContainText("Will be made");
  await row(4).getByLabel("Groups in line 4").fill("create-lab");
  await expect(row(4)).toContainText("Will be made");
  await row(6).getByRole("button", { name: "Leave out" }).click();
  await dialog.getByRole("button", { name: "Leave out all 2" }).click();
  await dialog.getByRole("button", { name: "Create 3 Users" }).click();
  await expect(dialog.getByText("3 people created.")).toBeVisible();
  expect(await passwordOf(dialog, "fil02")).toBe("eight brown foxes");
  const { body } = await native.api("GET", "/groups/create-lab");
  expect(body).toMatchObject({ users: ["fil01", "fil02", "fil03"] });
  expect(await loggedIn(browser, native, "fil02", "eight brown foxes")).toContain("change-password");
});

test("G9 people are created by keys alone", async ({ page, native }) => {
  await logIn(page, native, "admin", "/hub/admin/users");
  const button = page.getByRole("button", { name: "Create Users" });
  await expect(button).toBeVisible();
  await button.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Usernames")).toBeFocused();
  await page.keyboard.type("key01\nkey/02\nkey03");
  const tabTo = async (what: Locator) => {
    for (let n = 0; n < 30; n++) {
      if (await what.evaluate((e) => e === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    await expect(what).toBeFocused();
  };
  await tabTo(dialog.getByLabel("Username in line 2"));
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("key02");
  await expect(dialog.getByRole("row", { name: /^2/ })).toContainText("Will be made");
  await tabTo(dialog.getByLabel("Force password change on first login"));
  await page.keyboard.press("Space");
  await tabTo(dialog.getByRole("button", { name: "Create 3 Users" }));
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("3 people created.")).toBeVisible();
  await tabTo(dialog.getByRole("button", { name: "Done" }));
  await page.keyboard.press("Enter");
  await expect(dialog.getByText(/Nobody can show them again/)).toBeVisible();
  await tabTo(dialog.getByRole("button", { name: "Close without them" }));
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("row", { name: /key02/ })).toBeVisible();
});

test("10,000 lines are pasted, and the dialog stays quick", async ({ page, native }) => {
  const dialog = await open(page, native);
  const lines = Array.from({ length: 10_000 }, (_, n) => (n % 4 === 0 ? `a/${n}` : `many${n}`));
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate((text) => navigator.clipboard.writeText(text), lines.join("\n"));
  await dialog.getByLabel("Usernames").focus();
  const began = Date.now();
  await page.keyboard.press("ControlOrMeta+V");
  await expect(dialog.getByText("7,500 people will be made.")).toBeVisible();
  const pasted = Date.now() - began;
  await expect(dialog.getByText("2,500 lines are left out:")).toBeVisible();
  expect(await dialog.getByRole("row").count()).toBeLessThan(200);
  const typing = Date.now();
  await dialog.getByLabel("Username in line 1", { exact: true }).pressSequentially("bcdef");
  console.log(`10,000 lines: ${pasted} ms until they are there; ${(Date.now() - typing) / 5} ms for a key`);
  await dialog.getByRole("button", { name: "Leave out all" }).click();
  await expect(dialog.getByText(/lines are left out/)).toBeHidden();
  await page.screenshot({ path: "test-results/create-many.png" });
});

test("people are created on a phone", async ({ page, native }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const dialog = await open(page, native);
  await dialog.getByLabel("Usernames").fill("phone01\nphone 02");
  await expect(dialog.getByRole("row", { name: /^2/ })).toContainText("Names mostly");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(wide).toBe(false);
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/create-phone.png" });
  await dialog.getByRole("button", { name: "It is meant so" }).click();
  await dialog.getByRole("button", { name: "Create 2 Users" }).click();
  await expect(dialog.getByText("2 people created.")).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/created-phone.png" });
});
