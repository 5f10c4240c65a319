import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { dirname, join } from "node:path";
import type { FrameLocator, Page } from "@playwright/test";
import { expect, logIn, test as shared } from "./fixtures.ts";
import { certificate, freePort, Hub, jupyter, type More, required, sharedPassword, trivial } from "./hub.ts";

// What pages of others show in frames: a service in one of somebody's server, the hub in a course page of a learning
// platform.

const domain = "hub.localhost";

/** Course pages at hosts of their own: each shows in a frame what its query says. */
interface Platform {
  allowed: string;
  allowedToo: string;
  stranger: string;
}

const test = shared.extend<object, { platform: Platform; own: Hub; one: Hub; labs: Hub }>({
  platform: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => {
      const folder = mkdtempSync("/tmp/hubtest-platform-");
      const { cert_file, key_file } = certificate(folder, "*.localhost");
      const server = createServer({ cert: readFileSync(cert_file), key: readFileSync(key_file) }, (request, answer) => {
        const shown = new URL(request.url ?? "", "https://x").searchParams.get("show") ?? "";
        answer.setHeader("Content-Type", "text/html; charset=utf-8");
        answer.end(
          `<!doctype html><title>Course</title><iframe src="${encodeURI(shown)}" width=1200 height=800></iframe>`,
        );
      });
      const port = await freePort();
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      const at = (name: string) => `https://${name}.localhost:${port}`;
      await use({ allowed: at("moodle"), allowedToo: at("canvas"), stranger: at("stranger") });
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "worker" },
  ],
  own: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => serve(use, trivial(), domain, { top: await whoami() }),
    { scope: "worker", timeout: 60_000 },
  ],
  one: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => serve(use, trivial(), undefined, { top: await whoami() }),
    { scope: "worker", timeout: 60_000 },
  ],
  labs: [
    async ({ platform }, use) => {
      const top = { frame_ancestors: [platform.allowed, platform.allowedToo] };
      await serve(use, jupyter(), domain, { https: true, top });
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

test.use({ ignoreHTTPSErrors: true });

async function serve(use: (hub: Hub) => Promise<void>, command: string[], domain?: string, more?: More): Promise<void> {
  const hub = await Hub.start(command, domain, undefined, more);
  await use(hub);
  await hub.stop();
}

/** A service that logs people in through the hub and asks them nothing. */
async function whoami(): Promise<object> {
  const python = join(dirname(required("HUBTEST_JUPYTER")), "python");
  return {
    services: [
      {
        name: "whoami",
        url: `http://127.0.0.1:${await freePort()}`,
        oauth_no_confirm: true,
        command: [python, join(import.meta.dirname, "../whoami/whoami.py")],
      },
    ],
    roles: [{ name: "user", scopes: ["self", "access:services!service=whoami"] }],
  };
}

/** Opens somebody's page, and shows an address in a frame of it. */
async function frameOn(page: Page, at: string, shown: string): Promise<FrameLocator> {
  await page.goto(at);
  await page.evaluate((shown) => {
    const frame = document.createElement("iframe");
    frame.src = shown;
    document.body.append(frame);
  }, shown);
  return page.frameLocator("iframe");
}

async function serviceAnswers(page: Page, at: string): Promise<void> {
  await expect(async () => expect((await page.goto(at))?.status()).toBe(200)).toPass({ timeout: 60_000 });
}

test("a service in a frame of one's own server's page, with a domain for each person", async ({ page, own: hub }) => {
  for (const name of ["ann", "mallory"]) await hub.startServer(name);
  const service = `${hub.origin("whoami--service")}/services/whoami/`;
  await serviceAnswers(page, service);
  await logIn(page, hub, "ann");
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
  const frame = await frameOn(page, `${hub.origin("ann")}/user/ann/`, service);
  await expect(frame.getByText('"name": "ann"')).toBeVisible();

  // Mallory's page may show the service too, but learns nothing of where its frame went.
  await page.context().clearCookies({ name: "service-whoami" });
  const other = await frameOn(page, `${hub.origin("mallory")}/user/mallory/`, service);
  await expect(other.getByText('"name": "ann"')).toBeVisible();
  const seen = await page.evaluate(() => {
    const frame = document.querySelector("iframe");
    try {
      return `${frame?.contentWindow?.location.href}`;
    } catch (problem) {
      return String(problem);
    }
  });
  expect(seen).toContain("SecurityError");
  expect(await page.evaluate(() => document.querySelector("iframe")?.contentDocument)).toBeNull();

  // What the hub itself shows does not come up there.
  for (const path of ["/hub/home", "/hub/token", "/hub/login"]) {
    const hubs = await frameOn(page, `${hub.origin("mallory")}/user/mallory/`, hub.url + path);
    await expect(hubs.getByRole("heading", { name: "Open this in a new tab" })).toBeVisible();
  }
});

test("on one origin the frame leads to a new tab, and shows the service after that", async ({ page, one: hub }) => {
  await hub.startServer("ann");
  await serviceAnswers(page, `${hub.url}/services/whoami/`);
  await logIn(page, hub, "ann");
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
  const frame = await frameOn(page, `${hub.url}/user/ann/`, `${hub.url}/services/whoami/`);
  await expect(frame.getByRole("heading", { name: "Open this in a new tab" })).toBeVisible();
  expect(await page.evaluate(() => document.querySelector("iframe")?.contentWindow?.location.href)).not.toContain(
    "code=",
  );
  const tab = page.waitForEvent("popup");
  await frame.getByRole("link", { name: "Open in a new tab" }).click();
  await expect((await tab).getByText('"name": "ann"')).toBeVisible();
  const again = await frameOn(page, `${hub.url}/user/ann/`, `${hub.url}/services/whoami/`);
  await expect(again.getByText('"name": "ann"')).toBeVisible();
});

test("a frame that asks for a login leads to it and on to the service", async ({ page, one: hub }) => {
  await hub.startServer("bob");
  await serviceAnswers(page, `${hub.url}/services/whoami/`);
  const frame = await frameOn(page, `${hub.url}/user/bob/`, `${hub.url}/services/whoami/`);
  const opened = page.waitForEvent("popup");
  await frame.getByRole("link", { name: "Open in a new tab" }).click();
  const tab = await opened;
  await tab.getByLabel("Username").fill("bob");
  await tab.getByLabel("Password").fill(sharedPassword);
  await tab.getByRole("button", { name: "Log in" }).click();
  await expect(tab.getByText('"name": "bob"')).toBeVisible();
});

async function logInThere(frame: FrameLocator, name: string): Promise<void> {
  await frame.getByLabel("Username").fill(name);
  await frame.getByLabel("Password").fill(sharedPassword);
  await frame.getByRole("button", { name: "Log in" }).click();
}

test("log in, start and reach one's server inside a frame of the learning platform", async ({
  page,
  labs: hub,
  platform,
}) => {
  await hub.person("ann");
  await page.goto(`${platform.allowed}/?show=${hub.url}/hub/home`);
  const frame = page.frameLocator("iframe");
  await logInThere(frame, "ann");
  await expect(frame.getByRole("heading", { name: "My servers" })).toBeVisible();

  const cookies = await page.context().cookies();
  const ours = cookies.filter((c) => c.domain.endsWith(domain));
  expect(ours.map((c) => c.name).sort()).toEqual([
    "__Host-atrium-frame-login",
    "atrium-frame-session",
    "atrium-frame-xsrf",
  ]);
  for (const c of ours) {
    expect(c.partitionKey, c.name).toContain("https://moodle.localhost");
    expect(c.sameSite, c.name).toBe("None");
    expect(c.secure && c.httpOnly, c.name).toBe(true);
  }

  // Chromium denies the frame the storage that JupyterLab's page needs here, but not what the page asks of its server.
  const known = page.waitForResponse((r) => r.url().includes("/user/ann/api/me") && r.status() === 200, {
    timeout: 60_000,
  });
  await frame.getByRole("button", { name: /^Start / }).click();
  await known; // to nobody it would say 403
  for (const c of (await page.context().cookies()).filter((c) => c.domain.endsWith(domain))) {
    expect(c.partitionKey, c.name).toContain("https://moodle.localhost");
  }
});

test("what gives rights away opens in a tab, not in the platform's frame", async ({ page, labs: hub, platform }) => {
  await hub.person("carla");
  await page.goto(`${platform.allowed}/?show=${hub.url}/hub/home`);
  await logInThere(page.frameLocator("iframe"), "carla");
  await expect(page.frameLocator("iframe").getByRole("heading", { name: "My servers" })).toBeVisible();
  for (const path of ["/hub/token", "/hub/change-password"]) {
    await page.goto(`${platform.allowed}/?show=${hub.url}${path}`);
    const frame = page.frameLocator("iframe");
    await expect(frame.getByRole("link", { name: "Open in a new tab" })).toHaveAttribute("href", hub.url + path);
  }
  await page.goto(`${platform.allowed}/?show=${hub.url}/hub/logout`);
  await expect(page.frameLocator("iframe").getByRole("button", { name: "Log in" })).toBeVisible();
  await page.goto(`${platform.allowed}/?show=${hub.url}/hub/home`);
  await expect(page.frameLocator("iframe").getByRole("button", { name: "Log in" })).toBeVisible();
});

test("nobody else shows the hub in a frame", async ({ page, labs: hub, platform }) => {
  const refusals: string[] = [];
  page.on("console", (message) => refusals.push(message.text()));
  for (const path of ["/hub/home", "/hub/login", "/hub/token", "/hub/api/oauth2/authorize?client_id=x"]) {
    const before = refusals.length;
    await page.goto(`${platform.stranger}/?show=${hub.url}${path}`);
    await expect(() => expect(refusals.slice(before).join("\n")).toContain("frame-ancestors")).toPass({
      timeout: 20_000,
    });
    await expect(page.frameLocator("iframe").getByRole("heading", { name: /Log in|new tab/ })).toHaveCount(0);
  }
});
