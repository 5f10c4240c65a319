import { readFile } from "node:fs/promises";
import { expect, expectAccessible, logIn, test } from "./fixtures.ts";

test.use({ viewport: { width: 1280, height: 800 } });

test("the dashboard tells what runs, how starts went and for how long servers ran", async ({ page, hub }) => {
  await hub.person("dash-a");
  await hub.api("POST", "/groups/dash-class", { users: ["dash-a"] });
  expect((await hub.api("POST", "/users/dash-a/server")).status).toBe(201);
  await logIn(page, hub, "admin", "/hub/admin/users");
  await page.getByRole("link", { name: "Dashboard" }).click();
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  await expect(page.getByRole("link", { name: /^Servers running: [1-9]/ })).toBeVisible();
  await expect(page.getByText("Days are those of UTC.")).toBeVisible();

  await expect(page.getByRole("img", { name: /^[1-9]\d* starts?,/ })).toBeVisible();
  await page.getByRole("button", { name: "Table: Starts by day" }).click();
  await expect(page.getByRole("table", { name: "Starts by day" }).getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("row", { name: /^up to 10 s/ })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/dashboard.png", fullPage: true });

  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV: Starts by day" }).click();
  const lines = (await readFile(await (await saving).path(), "utf8")).trim().split("\n");
  expect(lines[0]).toBe("day,ready,failed,cancelled,mean_seconds,queued_seconds,longest_seconds");
  expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\d,[1-9]/);

  await page.getByLabel("Show").selectOption("365");
  await expect(page).toHaveURL(/days=365/);
  await page.goBack();
  await expect(page.getByLabel("Show")).toHaveValue("30");

  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.getByRole("img", { name: /^[1-9]\d* starts?,/ })).toBeHidden();
  await expectAccessible(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(390);
  await page.screenshot({ path: "test-results/dashboard-phone.png", fullPage: true });
});

test("home says for how long one's own servers ran", async ({ page, hub }) => {
  await hub.startServer("dash-own");
  await hub.api("DELETE", "/users/dash-own/server");
  await logIn(page, hub, "dash-own");
  const usage = page.getByRole("region", { name: "Usage" });
  await expect(usage.getByText(/^Your servers ran \d+ min within the last 14 days\.$/)).toBeVisible();
  await usage.getByText("By day, of UTC").click();
  await expect(usage.getByRole("table").getByRole("row")).toHaveCount(2);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/home-usage.png" });
});

test("a teacher with a filtered scope sees the own group's usage alone", async ({ hub }) => {
  await hub.person("dash-b");
  await hub.api("POST", "/groups/dash-own", { users: ["dash-b"] });
  const { status, body } = await hub.api("POST", "/users/admin/tokens", { scopes: ["read:servers!group=dash-own"] });
  expect(status).toBe(201);
  const { token } = body as { token: string };
  const headers = { Authorization: `Bearer ${token}` };
  const now = await fetch(`${hub.url}/hub/api/usage/now`, { headers });
  expect(((await now.json()) as { people: { total: number } }).people.total).toBe(1);
  expect((await fetch(`${hub.url}/hub/api/usage/days?group=other`, { headers })).status).toBe(404);
});

test("the dashboard says how many servers run as which profile", async ({ page, charged }) => {
  await charged.person("dash-profile");
  await charged.api("POST", "/users/dash-profile/server", { profile: "small" });
  await logIn(page, charged, "admin", "/hub/admin/dashboard");
  const profiles = page.getByRole("table", { name: "Running now, by profile" });
  await expect(profiles.getByRole("row", { name: /^small/ })).toBeVisible({ timeout: 30_000 });
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
});
