import { expect, expectAccessible, logIn, test } from "./fixtures.ts";

test.use({ viewport: { width: 1280, height: 800 } });

test("what is announced in the panel is on the login page and at home, and nothing of it runs", async ({
  page,
  hub,
  browser,
}) => {
  await logIn(page, hub, "admin", "/hub/admin/announcements");
  await page.getByRole("button", { name: "New announcement" }).click();
  const script = "<img src=x onerror=alert(1)> <script>alert(1)</script>";
  await page.getByLabel("Message").fill(`${script}\n\nSee https://status.example/now.`);
  await page.getByLabel("Level").selectOption("Urgent");
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/announcement-dialog.png" });
  await page.getByRole("button", { name: "Announce", exact: true }).click();
  const item = page.getByRole("listitem").filter({ hasText: "status.example" });
  await expect(item.getByText("Shown now")).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/announcements.png" });

  const other = await browser.newContext();
  const stranger = await other.newPage();
  let alerted = false;
  stranger.on("dialog", (d) => {
    alerted = true;
    void d.dismiss();
  });
  for (const scheme of ["light", "dark"] as const) {
    await stranger.emulateMedia({ colorScheme: scheme });
    await stranger.goto(`${hub.url}/hub/login`);
    const told = stranger.getByRole("region", { name: "Announcements" });
    await expect(told).toContainText(script);
    await expect(told.getByRole("link")).toHaveAttribute("href", "https://status.example/now");
    await expectAccessible(stranger);
  }
  await logIn(stranger, hub, "admin", "/hub/home");
  await expect(stranger.getByRole("region", { name: "Announcements" })).toContainText(script);
  await stranger.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(stranger);
  expect(alerted).toBe(false);
  await other.close();

  await item.getByRole("button", { name: /^Edit/ }).click();
  await page.getByLabel("Until").fill("2001-01-01T00:00");
  await page.getByRole("button", { name: "Save Changes" }).click();
  await expect(page.getByText("The end must be later than the beginning.")).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await item.getByRole("button", { name: /^Delete/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(item).toHaveCount(0);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
});
