import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { adminPassword, Hub, jupyter, sharedPassword, trivial } from "./hub.ts";

export { expect };

interface Hubs {
  /** A hub whose servers are the small program; that of "failing" cannot start, that of "slow" never answers. */
  hub: Hub;
  /** One that keeps people's passwords, as it does out of the box. */
  native: Hub;
  /** One with quotas, and profiles to choose from. */
  charged: Hub;
  /** A hub whose servers are JupyterLab. */
  jupyterHub: Hub;
}

/** What servers cost on the hub that charges, where people begin with less than the larger profile takes. */
const charging = {
  quota: {
    enabled: true,
    cpu_rate: 1,
    default_quota: 90,
    minimum_to_start: 10,
    refresh: { monthly: { schedule: "@monthly", amount: 5 } },
  },
  profiles: [
    { slug: "small", display_name: "Small machine", description: "For everybody" },
    { slug: "large", display_name: "Large machine", description: "For large models", quota_rate: 100 },
  ],
};

/** Every hub that this worker has started, for what they said. */
const hubs: Hub[] = [];

async function serve(
  command: string[],
  use: (hub: Hub) => Promise<void>,
  auth?: object,
  top: object = {},
): Promise<void> {
  const hub = await Hub.start(command, undefined, auth, { top });
  hubs.push(hub);
  await use(hub);
  await hub.stop();
}

export const test = base.extend<{ words: undefined }, Hubs>({
  words: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use, testInfo) => {
      await use(undefined);
      if (testInfo.status === testInfo.expectedStatus) return;
      for (const hub of hubs) console.log(`The hub at ${hub.url} said last:\n${hub.output.slice(-4000)}`);
    },
    { auto: true },
  ],
  hub: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => serve(trivial("--fail", "failing", "--slow", "slow", "--delay", "700ms"), use),
    { scope: "worker", timeout: 60_000 },
  ],
  native: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => serve(trivial(), use, {}),
    { scope: "worker", timeout: 60_000 },
  ],
  charged: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => serve(trivial(), use, undefined, charging),
    { scope: "worker", timeout: 60_000 },
  ],
  jupyterHub: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => serve(jupyter(), use),
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

/** Holds a page to the rules that axe knows, in light and in dark; or a part of it, which lies over others. */
export async function expectAccessible(page: Page, part = "html"): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page })
      .include(part)
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
      .analyze();
    const found = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html).join("\n  ")}`);
    expect(found, `${page.url()} in ${colorScheme}`).toEqual([]);
  }
}
