import { test as base, expect, expectAccessible, logIn } from "./fixtures.ts";
import { Hub, trivial } from "./hub.ts";

/** A hub with a colour in which no text could be read, and a link. */
const test = base.extend<object, { yellow: Hub }>({
  yellow: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => {
      const links = [{ title: "Imprint", url: "https://cs.example.org/imprint" }];
      const hub = await Hub.start(trivial(), undefined, undefined, { top: { pages: { accent: "#ffee00", links } } });
      await use(hub);
      await hub.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

test("a hub's own colour is on every page, and all of it can be read", async ({ page, yellow: hub }) => {
  expect(hub.output).toContain("pages.accent: #ffee00 has a contrast of 1.1 on a light ground");
  await hub.person("painter");
  await page.goto(`${hub.url}/hub/login`);
  await expect(page.getByRole("button", { name: "Log in" })).toHaveCSS("background-color", "rgb(255, 238, 0)");
  await expectAccessible(page);
  await logIn(page, hub, "painter");
  await expect(page.getByRole("button", { name: /^Start and open/ })).toHaveCSS("background-color", "rgb(255, 238, 0)");
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["home", "account", "token", "nothing"]) {
    await page.goto(`${hub.url}/hub/${path}`);
    await expect(page.getByRole("link", { name: "Imprint" })).toHaveAttribute("href", "https://cs.example.org/imprint");
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  }
});
