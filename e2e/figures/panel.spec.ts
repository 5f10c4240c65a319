import { type Browser, expect, type Page, test } from "@playwright/test";
import { adminPassword, Hub, trivial } from "../browser/hub.ts";
import { JupyterHub, password } from "./jupyterhub.ts";

// How soon the panel shows what was asked of it, in a browser. Figures are medians of five in turns.

const rounds = 5;
/** How long somebody looks at a page before they ask for something else, at the shortest. */
const reading = 500;

/** A page of people to be measured: where it is, and how it is worked. */
interface Panel {
  url: string;
  login(page: Page): Promise<void>;
  /** The names of people in the rows. */
  names: string;
  next: string;
  search: string;
}

const atrium = (hub: Hub): Panel => ({
  url: `${hub.url}/hub/admin/users`,
  login: (page) => logIn(page, `${hub.url}/hub/login`, adminPassword),
  names: "tbody th",
  next: "[aria-label='Next page']",
  search: "[aria-label='Search users'], input[type=search]",
});

const jupyterhub = (hub: JupyterHub): Panel => ({
  url: `${hub.url}/hub/admin`,
  login: (page) => logIn(page, `${hub.url}/hub/login`, password),
  names: "[data-testid^=user-name-div-]",
  next: "[data-testid=paginate-next]",
  search: "[name=user_search]",
});

async function logIn(page: Page, url: string, secret: string): Promise<void> {
  await page.goto(url);
  await page.locator("[name=username]").fill("admin");
  await page.locator("[name=password]").fill(secret);
  await page.locator("[type=submit]").click();
  await page.waitForURL(/hub\/(home|spawn)/);
}

const median = (all: number[]) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
const first = (page: Page, names: string) => page.locator(names).first().innerText();

/** Has pages note when somebody clicked or typed last: what comes of it is measured by the page's own clock. */
const noteActs = () => {
  for (const kind of ["click", "input"]) {
    document.addEventListener(kind, ({ timeStamp }) => Object.assign(window, { acted: timeStamp }), { capture: true });
  }
};

/**
 * Milliseconds until something is true of the page, looked at in each of its frames: since the click or the key that `act`
 * makes, or since the page was asked for.
 */
async function until(
  page: Page,
  act: () => Promise<unknown>,
  is: (arg: [string, string]) => boolean,
  arg: [string, string],
) {
  await act();
  await page.waitForFunction(is, arg, { polling: "raf", timeout: 120_000 });
  return page.evaluate(
    () =>
      (window as unknown as { seen: number; acted?: number }).seen -
      ((window as unknown as { acted?: number }).acted ?? 0),
  );
}

const anybody = ([names]: [string, string]) => {
  const is = document.querySelector(names) !== null;
  return is && Object.assign(window, { seen: performance.now() }) !== null;
};
const another = ([names, was]: [string, string]) => {
  const now = document.querySelector<HTMLElement>(names)?.innerText;
  const is = now !== undefined && now !== was;
  return is && Object.assign(window, { seen: performance.now() }) !== null;
};
const onlyOne = ([names, name]: [string, string]) => {
  const all = document.querySelectorAll<HTMLElement>(names);
  const is = all.length === 1 && (all[0]?.innerText.includes(name) ?? false);
  return is && Object.assign(window, { seen: performance.now() }) !== null;
};

const inOrder = ([table, column]: [string, string]) => {
  const shown = document.querySelector(table);
  const is = shown?.ariaBusy === "false" && shown.querySelector("th[aria-sort]")?.textContent?.trim() === column;
  return is && Object.assign(window, { seen: performance.now() }) !== null;
};

/** First row, next page and filter, once. */
async function look(browser: Browser, panel: Panel, wanted: string): Promise<Record<string, number>> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(noteActs);
  await panel.login(page);
  const firstRow = await until(page, () => page.goto(panel.url, { waitUntil: "commit" }), anybody, [panel.names, ""]);
  const was = await first(page, panel.names);
  await page.waitForTimeout(reading);
  const nextPage = await until(page, () => page.locator(panel.next).click(), another, [panel.names, was]);
  await page.waitForTimeout(reading);
  const box = page.locator(panel.search).first();
  const filter = await until(page, () => box.fill(wanted), onlyOne, [panel.names, wanted]);
  await context.close();
  return { firstRow, nextPage, filter };
}

async function seed(ask: (body: object) => Promise<unknown>, count: number): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const usernames = Array.from({ length: 1000 }, (_, n) => `user-${String(from + n).padStart(6, "0")}`);
    await ask({ usernames });
  }
}

function say(title: string, rows: Record<string, string | number>): void {
  console.log(`\n${title}`);
  for (const [what, figure] of Object.entries(rows)) {
    console.log(`  ${what.padEnd(34)} ${typeof figure === "number" ? `${Math.round(figure)} ms` : figure}`);
  }
}

const columns = ["Server", "Last Activity", "Groups", "Admin", "Username"];

/** Milliseconds from a click on a column's header until the rows in its order are shown, which may be the same ones. */
async function sorted(page: Page, column: string): Promise<number> {
  const click = () => page.getByRole("columnheader", { name: column, exact: true }).getByRole("button").click();
  return until(page, click, inOrder, ["table", column]);
}

test("10,000 people beside JupyterHub's own page", async ({ browser }) => {
  const [mine, theirs] = await Promise.all([Hub.start(trivial()), JupyterHub.start()]);
  try {
    await seed((body) => mine.api("POST", "/users", body), 10_000);
    await seed((body) => theirs.api("POST", "/users", body), 10_000);
    const got: Record<"atrium" | "jupyterhub", Record<string, number>[]> = { atrium: [], jupyterhub: [] };
    for (let round = 0; round < rounds; round++) {
      const wanted = `user-00${7321 + round}`;
      got.atrium.push(await look(browser, atrium(mine), wanted));
      got.jupyterhub.push(await look(browser, jupyterhub(theirs), wanted));
    }
    const rows: Record<string, string> = {};
    for (const what of ["firstRow", "nextPage", "filter"]) {
      const [a, j] = [got.atrium, got.jupyterhub].map((all) => median(all.map((one) => one[what] ?? Number.NaN)));
      rows[what] =
        `${Math.round(a ?? 0)} ms, JupyterHub ${Math.round(j ?? 0)} ms: ${((j ?? 0) / (a ?? 1)).toFixed(1)} times`;
    }
    say("10,000 people", rows);
  } finally {
    await Promise.all([mine.stop(), theirs.stop()]);
  }
});

test("100,000 people and 1,000 servers", async ({ browser }) => {
  const hub = await Hub.start(trivial());
  try {
    await seed((body) => hub.api("POST", "/users", body), 100_000);
    await hub.api("POST", "/groups/everybody");
    const servers = Array.from({ length: 1000 }, (_, n) => ({ username: `user-${String(n * 100).padStart(6, "0")}` }));
    await hub.api("POST", "/bulk/servers/start", { servers });
    await expect
      .poll(
        async () => ((await hub.api("GET", "/usage/now")).body as { servers: { running: number } }).servers.running,
        {
          timeout: 600_000,
        },
      )
      .toBe(1000);

    const panel = atrium(hub);
    const looks: Record<string, number>[] = [];
    for (let round = 0; round < rounds; round++) looks.push(await look(browser, panel, `user-0${73210 + round}`));
    const of = (what: string) => median(looks.map((one) => one[what] ?? Number.NaN));

    const page = await browser.newPage();
    await page.addInitScript(noteActs);
    await panel.login(page);
    await page.goto(panel.url);
    await expect(page.locator(panel.names).first()).toBeVisible();
    const sorts: Record<string, number> = {};
    for (const column of columns) {
      await page.waitForTimeout(reading);
      sorts[`sort by ${column}`] = await sorted(page, column);
    }
    say("100,000 people, 1,000 servers", {
      "first row": of("firstRow"),
      "next page": of("nextPage"),
      filter: of("filter"),
      ...sorts,
    });

    const waits: number[] = [];
    const begin = performance.now();
    let ended = false;
    const everybody = { group: "everybody", filter: { everybody: true }, confirmed: 100_001 };
    const adding = hub.api("POST", "/bulk/groups/add", everybody).finally(() => {
      ended = true;
    });
    while (!ended) {
      const asked = performance.now();
      await hub.api("GET", "/users?limit=50&sort=name");
      waits.push(performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const job = (await adding) as { status: number; body: { state?: string; counts?: object; message?: string } };
    const took = performance.now() - begin;
    say("all that match into a group", {
      status: `${job.status} ${JSON.stringify(job.body.counts ?? job.body.message ?? job.body.state ?? "")}`.slice(
        0,
        200,
      ),
      took,
      "page of somebody else, median": median(waits),
      "page of somebody else, slowest": Math.max(...waits),
    });

    await page.goto(`${panel.url}?q=server%3Arunning`);
    await page.getByLabel("Select all on this page").check();
    await page.getByRole("button", { name: /all 1,000/ }).click();
    await page.getByRole("button", { name: "Stop All Selected" }).click();
    await page.evaluate(() => {
      const frames = window as unknown as { slowest: number };
      frames.slowest = 0;
      let last = performance.now();
      const tick = (now: number) => {
        frames.slowest = Math.max(frames.slowest, now - last);
        last = now;
        requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    });
    const stopping = performance.now();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Stop 1,000/ })
      .click();
    await expect(page.getByText(/1,000 of 1,000 done/)).toBeVisible({ timeout: 300_000 });
    const stopped = performance.now() - stopping;
    const slowest = await page.evaluate(() => (window as unknown as { slowest: number }).slowest);
    say("stop of 1,000 in the page", { took: stopped, "longest frame": slowest });
  } finally {
    await hub.stop();
  }
});
