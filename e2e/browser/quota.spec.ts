import type { Page } from "@playwright/test";
import { expect, expectAccessible, logIn, test } from "./fixtures.ts";
import { Hub, trivial } from "./hub.ts";

// What people may spend, in the panel and on their own pages.

const quota = { enabled: true, cpu_rate: 1, default_quota: 600, minimum_to_start: 10, default_runtime_minutes: 60 };
const refresh = {
  weekly: {
    schedule: "0 4 * * mon",
    time_zone: "Europe/Berlin",
    amount: 300,
    max_balance: 1000,
    targets: { groups: ["qrule-class"] },
  },
};

let hub: Hub;
test.beforeAll(async () => {
  hub = await Hub.start(trivial(), undefined, undefined, {
    top: { quota: { ...quota, refresh }, groups: { "qrule-class": {} } },
  });
});
test.afterAll(() => hub.stop());

test.use({ viewport: { width: 1280, height: 800 } });

/** Changes what somebody has, as the Learning Cloud's own calls do. */
async function give(name: string, amount: number): Promise<void> {
  await hub.person(name);
  const { status } = await hub.cloud("POST", `/quota/${name}`, { action: "set", amount });
  expect(status).toBe(200);
}

const row = (page: Page, name: string) => page.getByRole("row", { name: new RegExp(name) });
const quotaOf = (page: Page, name: string) => row(page, name).getByRole("button", { name: /^Change the quota/ });

/** How far the page reaches beyond the screen's right edge, in pixels. */
const beyond = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

test("G8: the Quota column shows, sorts and is edited in the cell, by the keyboard", async ({ page }) => {
  await give("qc-rich", 12_000);
  await give("qc-poor", 4);
  await hub.person("qc-new");
  await logIn(page, hub, "admin", "/hub/admin/users?q=qc-");
  await expect(quotaOf(page, "qc-rich")).toHaveText("12,000");
  await expect(quotaOf(page, "qc-new")).toHaveText("600");
  await expect(quotaOf(page, "qc-poor")).toHaveText("4 ⚠");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Quota", exact: true }).click();
  const names = () => page.locator("tbody tr").evaluateAll((rows) => rows.map((r) => r.getAttribute("data-name")));
  await expect.poll(names).toEqual(["qc-poor", "qc-new", "qc-rich"]);
  await quotaOf(page, "qc-poor").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Quota of qc-poor")).toBeFocused();
  await page.keyboard.type("1.5");
  await page.keyboard.press("Enter");
  await expect(page.getByText("A whole number from 0 to 10,000,000")).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Quota of qc-poor").fill("900");
  await page.keyboard.press("Enter");
  await expect(quotaOf(page, "qc-poor")).toHaveText("900");
  await expect(quotaOf(page, "qc-poor")).toBeFocused();
  await expect(quotaOf(page, "qc-poor")).toHaveAttribute("title", "900 credits");
  await page.keyboard.press("Enter");
  await page.keyboard.type("unlimited");
  await page.keyboard.press("Enter");
  await expect(quotaOf(page, "qc-poor")).toHaveText("unlimited");
  const { body } = await hub.cloud("GET", "/quota/qc-poor");
  expect(body).toMatchObject({ unlimited: true, balance: 900 });
});

test("G8: on a phone the quota stands in the person's block, and is edited there", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await give("qp-ann", 120);
  await logIn(page, hub, "admin", "/hub/admin/users?q=qp-");
  await expect(row(page, "qp-ann").getByText("120")).toBeVisible();
  expect(await beyond(page)).toBe(0);
  await expectAccessible(page);
  await quotaOf(page, "qp-ann").click();
  await page.getByLabel("Quota of qp-ann").fill("121");
  await page.getByRole("button", { name: "Save the quota" }).click();
  await expect(quotaOf(page, "qp-ann")).toHaveText("121");
  expect(await beyond(page)).toBe(0);
});

test("G8: who may only see quotas changes none, and a member of another group is not told of", async ({ page }) => {
  await give("qr-ann", 70);
  await give("qr-bob", 80);
  await hub.person("qr-tess");
  await hub.api("POST", "/groups/qr-class");
  await hub.api("POST", "/groups/qr-class/users", { users: ["qr-ann"] });
  await hub.api("POST", "/roles/teacher/users", { user: "qr-tess", group: "qr-class" });
  await logIn(page, hub, "qr-tess", "/hub/admin/users");
  await expect(row(page, "qr-ann")).toBeVisible();
  await expect(page.getByRole("columnheader", { name: "Quota" })).toHaveCount(0); // teachers hold no scope of quotas
});

test("G13: Set Quota for all who are selected: foreseen, done as a job, by the keyboard", async ({ page }) => {
  await give("qb-one", 40);
  await give("qb-two", 500);
  await hub.person("qb-three");
  await logIn(page, hub, "admin", "/hub/admin/users?q=qb-");
  await page.getByLabel("Select all on this page").check();
  await page.getByRole("button", { name: "Set Quota" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Credits")).toBeFocused();
  await page.keyboard.type("100");
  await expect(dialog.getByText("has 500 credits now, and would have 100")).toBeVisible();
  await expect(dialog.getByText("This changes 3.")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("radio", { name: /^So much more/ }).check();
  await expect(dialog.getByText("has 500 credits now")).toBeHidden();
  await dialog.getByLabel("Credits").press("Enter");
  await expect(dialog.getByRole("button", { name: "Change 3 quotas" })).toBeEnabled();
  await dialog.getByLabel("Credits").press("Enter");
  await expect(page.getByText("3 of 3 done Done")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(quotaOf(page, "qb-one")).toHaveText("140");
  await expect(quotaOf(page, "qb-two")).toHaveText("600");
  await expect(quotaOf(page, "qb-three")).toHaveText("700");
});

test("G13: Set Quota on a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await give("qm-one", 40);
  await logIn(page, hub, "admin", "/hub/admin/users?q=qm-");
  await page.getByLabel("Select qm-one").check();
  await page.getByRole("button", { name: "Set Quota" }).click();
  await page.getByRole("radio", { name: "Unlimited" }).check();
  await expect(page.getByText("This changes 1.")).toBeVisible();
  expect(await beyond(page)).toBe(0);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Change 1 quota" }).click();
  await expect(page.getByText("1 of 1 done Done")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(quotaOf(page, "qm-one")).toHaveText("unlimited");
});

test("what somebody has, and how it came to that: on home, on a page of its own, and in the panel", async ({
  page,
}) => {
  await give("qs-ann", 700);
  await hub.cloud("POST", "/quota/qs-ann", { action: "add", amount: 20, description: "For the project week" });
  await hub.startServer("qs-ann");
  await logIn(page, hub, "qs-ann");
  const section = page.getByRole("region", { name: "Quota" });
  await expect(section.getByText(/^7[12]\d credits left$/)).toBeVisible(); // some seconds are used
  await expect(section.getByText(/of them are held for servers that run/)).toBeVisible();
  await expect(section.getByText(/it lasts until/)).toBeVisible();
  await expectAccessible(page);
  await section.getByRole("link", { name: "How it came to that" }).click();
  await expect(page.getByRole("heading", { name: "Quota" })).toBeVisible();
  await expect(page.getByText("For the project week")).toBeVisible();
  await expect(page.getByRole("table", { name: "How it adds up" })).toContainText("Held for servers that run now");
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await beyond(page)).toBe(0);
  await expectAccessible(page);
  await page.context().clearCookies();
  await page.setViewportSize({ width: 1280, height: 800 });
  await logIn(page, hub, "admin", "/hub/admin/users?q=qs-&user=qs-ann");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(/^7[12]\d credits left$/)).toBeVisible();
  await dialog.getByText("How it came to that").focus();
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("For the project week")).toBeVisible();
  await expectAccessible(page);
  await hub.api("DELETE", "/users/qs-ann/server");
  await expect(dialog.getByText(/^71\d credits left$/)).toBeVisible({ timeout: 60_000 });
  await expect(dialog.getByText(/Default server ran for/)).toBeVisible();
});

test("a hub without quotas has no page of them", async ({ page, hub: other }) => {
  await other.person("qn-ann");
  await logIn(page, other, "qn-ann", "/hub/quota");
  await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
});

test("the panel lists the rules, says what one would do, and does it", async ({ page }) => {
  await give("qrule-ann", 900);
  await hub.api("POST", "/groups/qrule-class/users", { users: ["qrule-ann"] });
  await logIn(page, hub, "admin", "/hub/admin/users");
  await page.getByRole("link", { name: "Quota" }).click();
  await expect(page.getByRole("row", { name: /^weekly adds 300, up to 1,000 members of qrule-class/ })).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await beyond(page)).toBe(0);
  await page.getByRole("button", { name: "What would it do? weekly" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("It would change 1 person, by 100 credits in all.")).toBeVisible();
  await expect(dialog.getByRole("row", { name: "qrule-ann 900 1,000" })).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Do it now" }).press("Enter");
  await expect(dialog.getByText("Done: it changed 1 person, by 100 credits in all.")).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).press("Enter");
  await expect(dialog).toBeHidden();
  const { body } = await hub.cloud("GET", "/quota/qrule-ann");
  expect(body).toMatchObject({ balance: 1000 });
});

test.describe("starting with a profile", () => {
  const profiles = [
    { slug: "small", display_name: "Small machine", description: "For everybody" },
    {
      slug: "large",
      display_name: "Large machine",
      quota_rate: 10,
      profile_options: {
        size: {
          display_name: "Size",
          choices: { one: { display_name: "One" }, two: { display_name: "Two", quota_rate: 20 } },
        },
      },
    },
  ];
  let profiled: Hub;
  test.beforeAll(async () => {
    profiled = await Hub.start(trivial(), undefined, undefined, { top: { quota, profiles } });
  });
  test.afterAll(() => profiled.stop());
  const set = (name: string, amount: number) => profiled.cloud("POST", `/quota/${name}`, { action: "set", amount });
  const card = (page: Page, name: string) => page.locator(".profile").filter({ hasText: name });

  test("G20: the start page says what it costs, until when it is enough, and what the time costs", async ({ page }) => {
    await profiled.person("qst-ann");
    await set("qst-ann", 300);
    await logIn(page, profiled, "qst-ann", "/hub/spawn");
    await expect(page.getByText("300 credits are left.")).toBeVisible();
    await expect(card(page, "Small machine")).toContainText("1 credit a minute, 60 an hour.");
    await expect(card(page, "Large machine")).toContainText("10 credits a minute, 600 an hour.");
    await expect(card(page, "Large machine")).toContainText(/Enough (until \d|for 30 min)/);
    await expectAccessible(page);
    await page.getByLabel("For how many minutes").fill("20");
    await expect(page.getByText("20 minutes cost 20 credits.")).toBeVisible();
    await page.getByRole("radio", { name: "Large machine" }).press("Space");
    await expect(page.getByText("20 minutes cost 200 credits.")).toBeVisible();
    await page.getByLabel("Size").selectOption({ label: "Two – 20 credits a minute" });
    await expect(page.getByText("20 minutes cost 400 credits, more than are left.")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Start" }).click();
    await expect(page.getByRole("alert")).toContainText("Ask for 15 minutes or fewer.");
    await expect(page.getByLabel("For how many minutes")).toHaveValue("20");
    await page.getByLabel("For how many minutes").fill("15");
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await beyond(page)).toBe(0);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/\/user\/qst-ann\//);
    await page.goto(`${profiled.url}/hub/home`);
    await expect(page.getByRole("region", { name: "Quota" }).getByText(/so that another can have 0\./)).toBeVisible();
  });

  test("G20: what is too little says when a start is possible again, also without scripts", async ({ browser }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await profiled.person("qst-bob");
    await set("qst-bob", 9);
    await logIn(page, profiled, "qst-bob", "/hub/spawn");
    await expect(card(page, "Small machine")).toContainText("Not enough is left: a start takes 10 credits.");
    await expect(card(page, "Small machine")).toContainText("It is possible when somebody has added to the quota.");
    await set("qst-bob", 150);
    await page.reload();
    await expect(card(page, "Small machine")).toContainText("Enough for 2 h 30 min.");
    await context.close();
  });
});
