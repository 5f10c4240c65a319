import type { Page } from "@playwright/test";
import { expect, expectAccessible, logIn, test } from "./fixtures.ts";
import { Hub, trivial } from "./hub.ts";

// The Users page while others do things. A test's own people have a name that nobody else's contains.

test.use({ viewport: { width: 1280, height: 800 } });

/** The names that the rows have, in their order. */
const names = (page: Page) =>
  page.locator("tr[data-name]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-name")));

test("G8 a server that somebody else starts and stops changes its cell, without a reload", async ({ page, hub }) => {
  await hub.api("POST", "/users/live-a");
  await logIn(page, hub, "admin", "/hub/admin/users?q=live-a");
  const row = page.getByRole("row", { name: /live-a/ });
  await expect(row.getByText("Stopped")).toBeVisible();
  await page.evaluate(() => document.body.setAttribute("data-kept", "yes"));
  await hub.startServer("live-a");
  await expect(row.getByText("Running")).toBeVisible();
  await hub.api("DELETE", "/users/live-a/server");
  await expect(row.getByText("Stopped")).toBeVisible();
  await expect(page.locator("body[data-kept]")).toBeVisible();
});

test("G8 somebody who is deleted by another keeps their row until the new order is asked for", async ({
  page,
  hub,
}) => {
  for (const name of ["live-b1", "live-b2", "live-b3"]) await hub.api("POST", `/users/${name}`);
  await logIn(page, hub, "admin", "/hub/admin/users?q=live-b&sort=name");
  await expect.poll(() => names(page)).toEqual(["live-b1", "live-b2", "live-b3"]);
  await hub.api("DELETE", "/users/live-b2");
  await hub.api("POST", "/users/live-b0");
  const show = page.getByRole("button", { name: "Show the new order" });
  await expect(show).toBeVisible();
  expect(await names(page)).toEqual(["live-b1", "live-b2", "live-b3"]);
  await expect(page.getByRole("row", { name: /live-b2/ }).getByText("No longer here")).toBeVisible();
  await expectAccessible(page);
  await show.click();
  await expect.poll(() => names(page)).toEqual(["live-b0", "live-b1", "live-b3"]);
  await expect(show).toBeHidden();
});

test("a connection that is lost is said and comes back, and what was missed is read", async ({
  page,
  context,
  hub,
}) => {
  await hub.api("POST", "/users/live-c");
  await logIn(page, hub, "admin", "/hub/admin/users?q=live-c");
  const row = page.getByRole("row", { name: /live-c/ });
  await expect(row.getByText("Stopped")).toBeVisible();
  const events = (url: URL) => url.pathname === "/hub/api/events";
  await context.route(events, (route) => route.abort());
  await page.goto(`${hub.url}/hub/admin/users?q=live-c`);
  await expect(page.getByText(/connection to the hub is lost/)).toBeVisible();
  await hub.startServer("live-c");
  await context.unroute(events);
  await expect(page.getByText(/connection to the hub is lost/)).toBeHidden();
  await expect(row.getByText("Running")).toBeVisible();
});

test("a session that ends is said, with a way to log in", async ({ page, hub }) => {
  await logIn(page, hub, "admin", "/hub/admin/users?q=admin");
  await expect(page.getByRole("row", { name: /admin/ }).first()).toBeVisible();
  await hub.api("DELETE", "/users/admin/sessions");
  await expect(page.getByText(/Your session ended/)).toBeVisible();
  await expect(page.getByRole("alert").getByRole("link", { name: /Log in/ })).toBeVisible();
});

test("a hub that restarts in between is found again", async ({ page }) => {
  const own = await Hub.start(trivial());
  try {
    await own.api("POST", "/users/live-d");
    await logIn(page, own, "admin", "/hub/admin/users?q=live-d");
    const row = page.getByRole("row", { name: /live-d/ });
    await expect(row.getByText("Stopped")).toBeVisible();
    await own.end();
    await expect(page.getByText(/connection to the hub is lost/)).toBeVisible();
    await own.startAgain();
    await expect(page.getByText(/connection to the hub is lost/)).toBeHidden();
    await own.startServer("live-d");
    await expect(row.getByText("Running")).toBeVisible();
    await expect(page.getByRole("alert")).toHaveCount(0);
  } finally {
    await own.stop();
  }
});
