import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { adminPassword, Hub, jupyter, sharedPassword, trivial } from "./hub.ts";

export { expect };

interface Hubs {
  /** A hub whose servers are the small program; that of "failing" cannot start, that of "slow" never answers. */
  hub: Hub;
  /** A hub whose servers are JupyterLab. */
  jupyterHub: Hub;
}

export const test = base.extend<object, Hubs>({
  hub: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => {
      const hub = await Hub.start(trivial("--fail", "failing", "--slow", "slow", "--delay", "700ms"));
      await use(hub);
      await hub.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  jupyterHub: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => {
      const hub = await Hub.start(jupyter());
      await use(hub);
      await hub.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

/** Fills in the login form that the page shows, or goes to it first. */
export async function logIn(page: Page, hub: Hub, name: string, next = "/hub/home"): Promise<void> {
  await page.goto(`${hub.url}/hub/login?next=${encodeURIComponent(next)}`);
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Password").fill(name === "admin" ? adminPassword : sharedPassword);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Holds a page to the rules that axe knows, in light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page })
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
      .analyze();
    const found = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html).join("\n  ")}`);
    expect(found, `${page.url()} in ${colorScheme}`).toEqual([]);
  }
}
