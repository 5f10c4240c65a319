import type { Page } from "@playwright/test";
import { expect, expectAccessible, logIn, test } from "./fixtures.ts";
import type { Hub } from "./hub.ts";

// Work on many people at once, as the guide's section on batch operations and the panel's own rules have it.

test.use({ viewport: { width: 1280, height: 800 } });

/** Makes people of that prefix, and opens the list of them alone. */
async function listed(page: Page, hub: Hub, prefix: string, n: number): Promise<string[]> {
  const names = Array.from({ length: n }, (_, i) => `${prefix}${i + 1}`);
  await hub.api("POST", "/users", { usernames: names });
  await logIn(page, hub, "admin", `/hub/admin/users?q=${prefix}`);
  await expect(page.getByRole("row", { name: new RegExp(`${prefix}1`) })).toBeVisible();
  return names;
}

/** The same with all of them selected. */
async function selected(page: Page, hub: Hub, prefix: string, n: number): Promise<string[]> {
  const names = await listed(page, hub, prefix, n);
  await page.getByLabel("Select all on this page").check();
  await expect(page.getByText(`${n} selected`)).toBeVisible();
  return names;
}

async function act(page: Page, name: string): Promise<void> {
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("button", { name, exact: true }).click();
}

test("G14 many join a group, and leave it again", async ({ page, hub }) => {
  await hub.api("POST", "/groups/batch-class");
  await selected(page, hub, "baj-", 3);
  await act(page, "Add to a group");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Group").fill("batch-class");
  await dialog.getByLabel("Group").press("Enter");
  await expect(dialog.getByText("This changes 3.")).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/batch-group.png" });
  await dialog.getByRole("button", { name: "Add 3 people" }).click();
  await expect(page.getByText("3 of 3 done Done")).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("cell", { name: "batch-class" })).toHaveCount(3);
  await act(page, "Remove from a group");
  await dialog.getByLabel("Group").fill("batch-class");
  await dialog.getByLabel("Group").press("Enter");
  await dialog.getByRole("button", { name: "Remove 3 people" }).click();
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("cell", { name: "batch-class" })).toHaveCount(0);
  await hub.api("DELETE", "/groups/batch-class"); // other tests on this hub count them
});

test("G11 G14 many get a password each, made here and shown once", async ({ page, native }) => {
  await selected(page, native, "bap-", 2);
  await act(page, "Set Passwords");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Set 2 passwords" }).click();
  await expect(dialog.getByText(/shown this once/)).toBeVisible();
  await expect(dialog.getByRole("row")).toHaveCount(3);
  await expectAccessible(page);
  const saving = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download as CSV" }).click();
  expect((await saving).suggestedFilename()).toBe("passwords.csv");
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(page.getByRole("row", { name: /bap-1/ }).getByText("Must change password")).toBeVisible();
  await act(page, "Force password change");
  await expect(dialog.getByText("This changes 0; 2 are so already, and stay as they are.")).toBeVisible();
});

test("G15 many are suspended and let in again, but never oneself", async ({ page, hub }) => {
  await selected(page, hub, "bas-", 2);
  await page.getByLabel("Search users").fill("admin");
  await page.getByLabel("Select admin", { exact: true }).check();
  await expect(page.getByText("3 selected")).toBeVisible();
  await act(page, "Suspend");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("You cannot suspend yourself")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Suspend 2 people" }).click();
  await expect(dialog.getByText("1 person could not be done:")).toBeVisible();
  await dialog.getByRole("button", { name: "Try those again" }).click();
  await expect(page.getByText("1 of 1 done Done")).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByLabel("Search users").fill("bas-");
  await expect(page.getByText("Suspended", { exact: true })).toHaveCount(2);
  await act(page, "Let in again");
  await dialog.getByRole("button", { name: "Let 2 people in" }).click();
  await page.getByRole("button", { name: "Close" }).click();
  await expect(page.getByText("Suspended", { exact: true })).toHaveCount(0);
});

test("G12 servers are stopped and people deleted by the keyboard alone", async ({ page, hub }) => {
  const names = await listed(page, hub, "bak-", 2);
  for (const name of names) await hub.api("POST", `/users/${name}/server`);
  await expect(page.getByRole("row", { name: /bak-2/ }).getByText("Running")).toBeVisible({ timeout: 30_000 });
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await expect(page.getByText("2 selected")).toBeVisible();
  await tabTo(page, "Stop All Selected");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Stop 2 servers" })).toBeEnabled();
  await tabTo(page, "Stop 2 servers");
  await page.keyboard.press("Enter");
  await expect(page.getByText("2 of 2 done Done")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("row", { name: /bak-1/ }).getByText("Stopped")).toBeVisible({ timeout: 30_000 });
  await tabTo(page, "More");
  await page.keyboard.press("Enter");
  await tabTo(page, "Delete");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Type 2 to delete them")).toBeVisible();
  await tabTo(page, "Type 2 to delete them");
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  await expect(page.getByText("2 of 2 done Done")).toBeVisible({ timeout: 30_000 });
  await page.keyboard.press("Escape");
  await expect(page.getByText("Nobody matches this search.")).toBeVisible();
});

test("all that match are told by the filter, at 390 px and in the dark, too", async ({ page, hub }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await hub.api("POST", "/users", { usernames: Array.from({ length: 25 }, (_, i) => `baf-${i}`) });
  await logIn(page, hub, "admin", "/hub/admin/users?q=baf-&size=20");
  await page.getByLabel("Select baf-0", { exact: true }).check();
  await page.getByRole("button", { name: "Select all 25 that match" }).click();
  await expect(page.getByText("25 selected")).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/batch-phone.png" });
  await act(page, "Suspend");
  const asked = page.waitForRequest(
    (r) => r.url().endsWith("/bulk/users/change") && !r.postData()?.includes("dry_run"),
  );
  await page.getByRole("button", { name: "Suspend 25 people" }).click();
  expect((await asked).postDataJSON()).toEqual({ filter: { name: "baf-" }, confirmed: 25, suspended: true });
  await expect(page.getByText("25 of 25 done Done")).toBeVisible();
  await expectAccessible(page);
});

test("a batch is found again after its dialog was closed and the page loaded anew, and called off", async ({
  page,
  hub,
}) => {
  await selected(page, hub, "bag-", 3);
  await act(page, "Force password change");
  await expect(page.getByText(/This changes 0/)).toBeVisible();
  await page.getByRole("button", { name: "Leave them as they are" }).click();
  await act(page, "Suspend");
  await page.getByRole("button", { name: "Suspend 3 people" }).click();
  await expect(page.getByText("3 of 3 done Done")).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();
  await page.goto(`${hub.url}/hub/admin/users?q=bag-`);
  await page.getByRole("button", { name: "Batches" }).click();
  await expect(
    page
      .getByRole("dialog")
      .getByText(/3 of 3 done · done/)
      .first(),
  ).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/batch-jobs.png" });
  await page.getByRole("button", { name: "Suspending people" }).first().click();
  await expect(page.getByText("3 of 3 done Done")).toBeVisible();
  await page.getByRole("button", { name: "Close" }).click();

  // The hub's answer is held back to one that goes on: a small batch is over before anybody could call it off.
  await page.route(/bulk\/jobs\/\d+/, async (route) => {
    const body = {
      id: 1,
      kind: "change",
      state: "running",
      total: 9,
      done: 4,
      results: [],
      next: null,
      created: "2026-01-01T00:00:00Z",
    };
    await route.fulfill({ json: body });
  });
  await page.getByRole("button", { name: "Batches" }).click();
  await page.getByRole("button", { name: "Suspending people" }).first().click();
  const off = page.waitForRequest((r) => r.method() === "DELETE");
  await page.getByRole("button", { name: "Call it off" }).click();
  await off;
  await expect(page.getByRole("button", { name: /Calling it off/ })).toBeDisabled();
});

/** Presses Tab until what has that name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let n = 0; n < 80; n++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const on = document.activeElement as HTMLInputElement | null;
      return on?.labels?.[0]?.textContent ?? on?.getAttribute("aria-label") ?? on?.textContent ?? "";
    });
    if (found.trim() === name) return;
  }
  throw new Error(`Tab does not reach ${name}`);
}
