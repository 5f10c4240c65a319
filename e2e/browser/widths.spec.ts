import type { Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures.ts";

// Nothing moves that nobody moved, and nothing is wider than the screen.

const widths = [1280, 980, 900, 720, 390];

/** Where the default server's place and each cell of the table below it begin: from the left, from the top, as near as anybody can see. */
const cells = (page: Page) =>
  page.locator("main").evaluate((main) =>
    [...main.querySelectorAll("section[aria-label], tbody tr")].map((row) =>
      [...row.children].map((cell) => {
        const { left, top } = cell.getBoundingClientRect();
        return [left, Math.round(top)];
      }),
    ),
  );

/** How far the page reaches beyond the screen's right edge, in pixels. */
const beyond = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** What leaves its own cell of the table, sideways. */
const tooWide = (page: Page) =>
  page.locator("main").evaluate((main) =>
    [...main.querySelectorAll("tbody td, tbody th, section[aria-label] > *")].flatMap((cell) => {
      const right = cell.getBoundingClientRect().right + 0.5;
      const out = [...cell.querySelectorAll("*:not(.hidden)")].filter((e) => e.getBoundingClientRect().right > right);
      return out.map((e) => e.outerHTML.slice(0, 200));
    }),
  );

const idle = { ready: false, pending: null, stopped: true, started: null, failure: null, queue_place: null };
const begun = new Date(Date.now() - 90_000).toISOString();

/** What becomes of a server, in this order. */
const course = [
  ["Waiting in queue: 12th", { ...idle, stopped: false, pending: "spawn", queue_place: 12, last_activity: begun }],
  ["Starting", { ...idle, stopped: false, pending: "spawn", last_activity: begun }],
  ["Running", { ...idle, stopped: false, ready: true, started: begun, last_activity: begun }],
  ["Stopping", { ...idle, stopped: false, pending: "stop", started: begun, last_activity: begun }],
  ["Stopped", { ...idle, last_activity: begun }],
] as const;

test("no column of home moves when a server waits, starts, runs and stops", async ({ page, hub }) => {
  await hub.person("wide");
  let now: object = {};
  await page.route(/\/hub\/api\/users\/wide\?/, async (route) => {
    const response = await route.fetch();
    const user = await response.json();
    const [own] = Object.values(user.servers) as object[];
    user.servers = {
      "": { ...own, ...now },
      second: { ...own, name: "second", ...idle },
    };
    await route.fulfill({ response, json: user });
  });
  await page.route("**/hub/api/users/wide/server/progress**", (route) =>
    route.fulfill({
      contentType: "text/event-stream",
      body: 'data: {"progress": 50, "message": "Process started"}\n\n',
    }),
  );
  await logIn(page, hub, "wide");
  const row = page.getByRole("region", { name: "Default server" });
  await expect(row).toContainText("Stopped");
  await expect(page.getByRole("row", { name: /^second/ })).toBeVisible();

  const places = async () => {
    const all: Record<number, number[][][]> = {};
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      all[width] = await cells(page);
      expect(await tooWide(page), `${await row.textContent()} at ${width}`).toEqual([]);
      expect(await beyond(page), `at ${width}`).toBe(0);
    }
    return all;
  };
  const before = await places();
  for (const width of widths) expect(before[width]?.map((r) => r.length)).toEqual([2, 5]);
  for (const [words, fields] of course) {
    now = fields;
    await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange"))); // it looks again at once
    await expect(row).toContainText(words);
    if (words === "Starting") await expect(row.getByRole("progressbar")).toBeVisible();
    expect(await places(), words).toEqual(before);
  }
});

test("a failure is told in its place, and no column moves", async ({ page, hub }) => {
  await hub.person("failing");
  await logIn(page, hub, "failing");
  await expect(page.getByRole("button", { name: /^(Start|Try again) / })).toBeVisible();
  const lefts = async () => {
    const all: number[][] = [];
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      all.push(((await cells(page))[0] ?? []).map(([left]) => left ?? 0));
      expect(await beyond(page)).toBe(0);
    }
    return all;
  };
  const before = await lefts();
  await hub.api("POST", "/users/failing/server");
  await expect(page.getByRole("region", { name: "Default server" })).toContainText("Failed");
  expect(await lefts()).toEqual(before);
});

test("no button of somebody's row takes another's place when their server starts and stops", async ({ page, hub }) => {
  await hub.person("rowed");
  await logIn(page, hub, "admin", "/hub/admin/users?q=rowed");
  const keys = ["Edit rowed", "Set the password of rowed"].map((name) => page.getByRole("button", { name }));
  const places = async () => {
    const all: unknown[] = [];
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      for (const key of keys) all.push(await key.boundingBox());
      expect(await beyond(page), `at ${width}`).toBe(0);
    }
    return all;
  };
  await expect(page.getByRole("button", { name: "Start the server of rowed" })).toBeVisible();
  const before = await places();
  await hub.startServer("rowed");
  await expect(page.getByRole("link", { name: /^Open the server of rowed/ })).toBeVisible();
  expect(await places()).toEqual(before);
  await hub.api("PATCH", "/users/rowed", { suspended: true });
  await expect(page.getByRole("link", { name: /^Open the server of rowed/ })).toHaveCount(0);
  expect(await places()).toEqual(before);
});

test("the tab of the page that is shown is in sight on a phone", async ({ page, hub }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await logIn(page, hub, "admin", "/hub/admin/audit");
  for (const name of ["Audit", "Services", "Users"]) {
    await page.goto(`${hub.url}/hub/admin/${name.toLowerCase()}`);
    await expect(page.getByRole("link", { name, exact: true })).toBeInViewport({ ratio: 1 });
  }
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("the columns of home are where they were when the page is loaded again", async ({ page, hub }) => {
    await hub.person("plainly");
    await logIn(page, hub, "plainly");
    const lefts = async () => {
      const all: number[] = [];
      for (const cell of await page.locator(".servers tbody tr").first().locator("td").all()) {
        all.push((await cell.boundingBox())?.x ?? -1);
      }
      return all;
    };
    const before = await lefts();
    expect(before).toHaveLength(3);
    await hub.startServer("plainly");
    await page.reload();
    await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
    expect(await lefts()).toEqual(before);
  });
});
