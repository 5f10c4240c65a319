import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures.ts";
import { Hub, jupyter, required } from "./hub.ts";

// Ends of servers in a real JupyterLab: of a time limit, and of the credits. Both servers have about a minute.

let hub: Hub;
let folder: string;

/** Installs the hub's extension beside the environment of the tests, as pip does, and says how servers find it. */
function extension(): Record<string, string> {
  folder = mkdtempSync("/tmp/hubtest-lab-");
  chmodSync(folder, 0o755);
  const wheel = execFileSync(required("E2E_ATRIUM"), ["python", "wheel", folder], { encoding: "utf8" }).trim();
  const pip = ["-m", "pip", "install", "--no-index", "--no-deps", "--ignore-installed", "--prefix", folder, wheel];
  execFileSync("/bin/sh", ["-c", 'umask 022; exec "$0" "$@"', required("HUBTEST_PYTHON"), ...pip]);
  const [python = ""] = readdirSync(join(folder, "lib"));
  return {
    PYTHONPATH: join(folder, "lib", python, "site-packages"),
    JUPYTER_PATH: join(folder, "share", "jupyter"),
    JUPYTER_CONFIG_PATH: join(folder, "etc", "jupyter"),
  };
}

test.beforeAll(async () => {
  const quota = { enabled: true, cpu_rate: 1, default_quota: 1, minimum_to_start: 0, grace: "8s" };
  hub = await Hub.start(jupyter(), undefined, undefined, { top: { quota }, local: { environment: extension() } });
});
test.afterAll(async () => {
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface State {
  ends_at: string | null;
  quota: { stops_at: string | null } | null;
}

/** Starts somebody's server, and opens it. */
async function opened(browser: Browser, name: string, options: object): Promise<Page> {
  const { status, body } = await hub.api("POST", `/users/${name}/server`, { user_options: options });
  expect(status, JSON.stringify(body)).toBe(201);
  const page = await (await browser.newContext()).newPage();
  await logIn(page, hub, name, `/user/${name}/lab`);
  return page;
}

const state = async (name: string) => (await hub.api("GET", `/users/${name}/server/notices`)).body as State;
const isStopped = async (name: string) =>
  ((await hub.api("GET", `/users/${name}?include_stopped_servers=1`)).body as { servers: { "": { stopped: boolean } } })
    .servers[""].stopped;

/** The server is at rest ten seconds after its end. */
async function stopsInTime(name: string, end: string): Promise<void> {
  expect(await isStopped(name)).toBe(false);
  await expect
    .poll(() => isStopped(name), { timeout: Date.parse(end) - Date.now() + 10_000, intervals: [250] })
    .toBe(true);
}

test("the end of its time and of the credits is announced in JupyterLab, and comes", async ({ browser }) => {
  test.setTimeout(180_000);
  await hub.person("ann");
  await hub.cloud("POST", "/quota/ann", { action: "set_unlimited", unlimited: true });
  await hub.person("bob");
  const timed = await opened(browser, "ann", { runtime_minutes: 1 });
  const { ends_at: end } = await state("ann");
  const paid = await opened(browser, "bob", {});
  const { quota } = await state("bob");
  const notice = (page: Page, text: RegExp) => page.locator(".Toastify__toast").filter({ hasText: text });

  await expect(notice(timed, /^The server stops within a minute: its time is over then\./)).toBeVisible({
    timeout: 60_000,
  });
  await expect(timed.locator("[data-atrium]")).toHaveText(/^[01] min left$/);
  await expect(notice(paid, /^The credits are used up/)).toBeVisible({ timeout: 60_000 });
  await expect(paid.locator("[data-atrium]")).toHaveText(/^[01] credits?$/);

  await Promise.all([stopsInTime("ann", end ?? ""), stopsInTime("bob", quota?.stops_at ?? "")]);
  await timed.goto(`${hub.url}/user/ann/lab`);
  await expect(timed.getByText("It was stopped because its time was over.")).toBeVisible();
  await paid.goto(`${hub.url}/user/bob/lab`);
  await expect(paid.getByText("It was stopped because the quota is used up.")).toBeVisible();
});

test("who looks into another's server is told whose it is", async ({ browser }) => {
  await hub.person("eve");
  await hub.cloud("POST", "/quota/eve", { action: "set_unlimited", unlimited: true });
  await hub.startServer("eve");
  const page = await (await browser.newContext()).newPage();
  await logIn(page, hub, "admin", "/user/eve/lab");
  await page.getByRole("button", { name: "Allow" }).click();
  await expect(page.locator("[data-atrium]")).toHaveText("Server of eve", { timeout: 60_000 });
});
