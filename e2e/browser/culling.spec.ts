import { expect, logIn, test } from "./fixtures.ts";
import { Hub, jupyter } from "./hub.ts";

// A server that nobody uses stops, although its page is open. Long enough that the page is through with what it asks for at first.
const cull = { enabled: true, timeout: "20s", cull_every: "1s" };

test("an open JupyterLab that nobody uses keeps no server alive, and home says why it stopped", async ({
  page,
  context,
}) => {
  test.setTimeout(240_000);
  const hub = await Hub.start(jupyter(), undefined, undefined, { top: { cull } });
  try {
    await hub.startServer("alice");
    await logIn(page, hub, "alice", "/user/alice/lab");
    await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click({ timeout: 60_000 });
    await expect(page.getByText(/Python 3.*\| Idle/)).toBeVisible({ timeout: 60_000 });
    const cell = page.locator(".jp-Notebook .jp-Cell .cm-content").first();
    await cell.click();
    await page.keyboard.type("import time; time.sleep(45)");
    await page.keyboard.press("Shift+Enter");
    await expect(page.getByText(/Python 3.*\| Busy/)).toBeVisible();

    // Its kernel computes for longer than the limit: it stays until that is done.
    const running = async () => {
      const { body } = await hub.api("GET", "/users/alice");
      return (body as { servers: Record<string, { ready: boolean }> }).servers[""]?.ready ?? false;
    };
    await expect(page.getByText(/Python 3.*\| Idle/)).toBeVisible({ timeout: 90_000 });
    expect(await running()).toBe(true);

    // Then nobody does anything, and the page goes on asking.
    await expect.poll(running, { timeout: 90_000 }).toBe(false);
    const home = await context.newPage();
    await home.goto(`${hub.url}/hub/home`);
    await expect(home.getByText("Stopped because nobody had used it for a while.")).toBeVisible();
  } finally {
    await hub.stop();
  }
});
