import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test as shared } from "../browser/fixtures.ts";
import { freePort, Hub, type More, required, sharedPassword } from "../browser/hub.ts";

export { expect };

/** A program in one of the environments that scripts/setup makes of e2e/clients/environments. */
export function program(environment: string, name: string): string {
  return join(required("HUBTEST_CLIENTS"), environment, "bin", name);
}

/** A web application that somebody has started on the machine of their notebook server. */
export class App {
  private said = "";

  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly remove: () => void,
  ) {}

  /** Starts a file of e2e/clients/apps: command makes the command of the file's path and the port. */
  static async start(file: string, command: (file: string, port: number) => string[]): Promise<App> {
    const { path, remove } = shareFile(file);
    const port = await freePort();
    const [name = "", ...args] = command(path, port);
    const env = { PATH: process.env.PATH, HOME: dirname(path), LANG: "C.UTF-8" };
    const child = spawn(name, args, { cwd: dirname(path), env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const app = new App(port, child, remove);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        app.said += text;
      });
    }
    await expect(async () => {
      expect(child.exitCode, app.said).toBeNull();
      const { status } = await fetch(`http://127.0.0.1:${port}/`, { redirect: "manual" });
      expect(status, app.said).toBeLessThan(500);
    }).toPass({ timeout: 60_000 });
    return app;
  }

  /** What it wrote. */
  get output(): string {
    return this.said;
  }

  stop(): void {
    if (this.child.pid && this.child.exitCode === null) process.kill(-this.child.pid, "SIGKILL");
    this.remove();
  }
}

/** A file of e2e/clients/apps where every account can read it, until the test ends. */
export function shareFile(file: string): { path: string; remove: () => void } {
  const folder = mkdtempSync("/tmp/hubtest-app-");
  chmodSync(folder, 0o755);
  const path = join(folder, file);
  copyFileSync(join(import.meta.dirname, "apps", file), path);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

interface Started {
  /** Starts a hub that ends with the test. */
  start: (command: string[], more?: More, domain?: string) => Promise<Hub>;
  /** Starts an application that ends with the test. */
  run: (file: string, command: (file: string, port: number) => string[]) => Promise<App>;
}

export const test = shared.extend<Started>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
  start: async ({}, use, testInfo) => {
    const hubs: Hub[] = [];
    await use(async (command, more = {}, domain) => {
      const hub = await Hub.start(command, domain, undefined, more);
      hubs.push(hub);
      return hub;
    });
    for (const hub of hubs) {
      if (testInfo.status !== testInfo.expectedStatus) console.log(`The hub said last:\n${hub.output.slice(-6000)}`);
      await hub.stop();
    }
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
  run: async ({}, use, testInfo) => {
    const apps: App[] = [];
    await use(async (file, command) => {
      const app = await App.start(file, command);
      apps.push(app);
      return app;
    });
    for (const app of apps) {
      if (testInfo.status !== testInfo.expectedStatus) console.log(`The application said:\n${app.output.slice(-4000)}`);
      app.stop();
    }
  },
});

/** Logs somebody in on the way to an address, which leads to one like end. */
export async function open(page: Page, name: string, address: string, end = `**/user/${name}/**`): Promise<void> {
  await page.goto(address);
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Password").fill(sharedPassword);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL(end, { timeout: 60_000 });
}

/** Makes a notebook in JupyterLab, computes in it and saves it. */
export async function computeInLab(page: Page): Promise<void> {
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click({ timeout: 60_000 });
  await expect(page.getByText(/Python 3.*\| Idle/)).toBeVisible({ timeout: 60_000 });
  await page.locator(".jp-Notebook .jp-Cell .cm-content, .jp-Notebook .jp-Cell .CodeMirror").first().click();
  await page.keyboard.type("6*7");
  await page.keyboard.press("Shift+Enter");
  await expect(page.locator(".jp-OutputArea-output").first()).toHaveText(/^\s*42\s*$/, { timeout: 60_000 });
  await page.keyboard.press("Control+s");
}

/** Asks the notebook server that served the page, as its own scripts do. */
export async function ask(
  page: Page,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string }> {
  return await page.evaluate(
    async ([method, path, body]) => {
      const token = /(?:^|; )_xsrf=([^;]+)/.exec(document.cookie)?.[1] ?? "";
      const headers = { "X-XSRFToken": token, "Content-Type": "application/json" };
      const answer = await fetch(path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    [method, path, body] as const,
  );
}
