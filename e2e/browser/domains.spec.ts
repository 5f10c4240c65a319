import type { Page } from "@playwright/test";
import { expect, logIn, test as shared } from "./fixtures.ts";
import { Hub, jupyter, trivial } from "./hub.ts";

// Each person has a domain of their own.

const domain = "hub.localhost";

const test = shared.extend<object, { domains: Hub; labs: Hub }>({
  domains: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => serve(trivial(), use),
    { scope: "worker", timeout: 60_000 },
  ],
  labs: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => serve(jupyter(), use),
    { scope: "worker", timeout: 60_000 },
  ],
});

async function serve(command: string[], use: (hub: Hub) => Promise<void>): Promise<void> {
  const hub = await Hub.start(command, domain);
  await use(hub);
  await hub.stop();
}

test("log in at the hub, start, compute at one's own domain, stop, log out", async ({ page, labs: hub }) => {
  await hub.person("alice");
  await page.goto(`${hub.origin("alice")}/user/alice/lab`); // leads to the hub
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
  expect(new URL(page.url()).origin).toBe(hub.url);
  await logIn(page, hub, "alice");
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
  await page.getByRole("button", { name: /^Start / }).click();

  await page.waitForURL(`${hub.origin("alice")}/user/alice/lab**`, { timeout: 60_000 });
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click({ timeout: 60_000 });
  await expect(page.getByText(/Python 3.*\| Idle/)).toBeVisible({ timeout: 60_000 });
  await page.locator(".jp-Notebook .jp-Cell .cm-content").first().click();
  await page.keyboard.type("6*7");
  await page.keyboard.press("Shift+Enter");
  await expect(page.locator(".jp-OutputArea-output").first()).toHaveText(/^\s*42\s*$/, { timeout: 60_000 });
  await page.keyboard.press("Control+s");
  page.on("dialog", (dialog) => dialog.accept());

  await page.goto(`${hub.origin("alice")}/hub/home`);
  expect(page.url()).toBe(`${hub.url}/hub/home`);
  await page.getByRole("button", { name: /^Stop / }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByRole("button", { name: /^Start / })).toBeVisible({ timeout: 60_000 });
  await page.goto(`${hub.url}/hub/logout`);
  await page.goto(`${hub.origin("alice")}/user/alice/lab`);
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
  expect(new URL(page.url()).origin).toBe(hub.url);
});

test("a login and a start end at the server without a stop in between", async ({ page, domains: hub }) => {
  await hub.person("bob");
  await page.goto(`${hub.url}/hub/user-redirect/tree/x?a=b`);
  await page.getByLabel("Username").fill("bob");
  await page.getByLabel("Password").fill("open sesame");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL(`${hub.origin("bob")}/user/bob/tree/x?a=b`, { timeout: 60_000 });
  await expect(page.getByRole("heading", { name: "Notebook of bob" })).toBeVisible();
});

// What a script on the page can do to the address, with the visitor's cookies.
async function reach(page: Page, address: string): Promise<{ fetched: string; framed: string; opened: string }> {
  return await page.evaluate(async (address) => {
    const fetched = await fetch(address, { credentials: "include" }).then((a) => a.text(), String);
    const frame = document.createElement("iframe");
    frame.src = address;
    const loaded = new Promise((resolve) => {
      frame.onload = resolve;
      setTimeout(resolve, 2000);
    });
    document.body.append(frame);
    await loaded;
    let framed = "";
    try {
      framed = frame.contentDocument?.documentElement.textContent ?? "nothing";
    } catch (problem) {
      framed = String(problem);
    }
    const win = window.open(address);
    let opened = "";
    for (const until = Date.now() + 1500; Date.now() < until && !opened; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      try {
        if (win?.location.href.startsWith("http")) opened = win.document.documentElement?.textContent ?? ""; // none while one page takes the place of another
      } catch (problem) {
        opened = String(problem);
      }
    }
    win?.close();
    return { fetched, framed, opened };
  }, address);
}

async function visitMallory(page: Page, hub: Hub): Promise<void> {
  for (const name of ["mallory", "admin"]) await hub.startServer(name).catch(() => {}); // it runs already
  await logIn(page, hub, "admin");
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
}

test("a notebook page cannot reach another's server", async ({ page, hub, domains }) => {
  const secret = /Notebook of admin|"headers"/;
  // With one origin it can, which shows that the attempts see something.
  await visitMallory(page, hub);
  await page.goto(`${hub.url}/user/mallory/`);
  const one = await reach(page, `${hub.url}/user/admin/`);
  for (const got of Object.values(one)) expect(got).toMatch(secret);

  await visitMallory(page, domains);
  await page.goto(`${domains.origin("mallory")}/user/mallory/`);
  const own = await reach(page, `${domains.origin("mallory")}/user/mallory/x`);
  for (const got of Object.values(own)) expect(got).toMatch(/Notebook of mallory/);
  for (const address of [
    `${domains.origin("admin")}/user/admin/`,
    `${domains.origin("admin")}/user/admin/whoami`,
    `${domains.origin("mallory")}/user/admin/`, // not served there
    `${domains.url}/user/admin/`,
    `${domains.url}/hub/home`,
    `${domains.origin("mallory")}/hub/home`,
    `${domains.url}/hub/api/user`,
  ]) {
    const got = await reach(page, address);
    for (const [way, text] of Object.entries(got)) {
      expect(text, `${way} ${address}`).not.toMatch(/Notebook of admin|"headers"|_xsrf|"name"/);
    }
  }
});

test("a notebook page cannot act for its visitor", async ({ page, domains: hub }) => {
  await visitMallory(page, hub);
  await page.goto(`${hub.origin("mallory")}/user/mallory/`);
  const got = await page.evaluate(async (hub) => {
    const answers: string[] = [];
    // biome-ignore lint/suspicious/noDocumentCookie: the attempt
    document.cookie = "_xsrf=evil; domain=hub.localhost; path=/hub/";
    for (const [method, path] of [
      ["POST", "/hub/api/users/eve"],
      ["DELETE", "/hub/api/users/mallory"],
      ["POST", "/hub/token?_xsrf=evil"],
      ["POST", "/hub/spawn?_xsrf=evil"],
      ["POST", "/hub/logout?_xsrf=evil"],
    ] as const) {
      for (const mode of ["cors", "no-cors"] as const) {
        if (mode === "no-cors" && method === "DELETE") continue;
        const body = method === "POST" ? new URLSearchParams({ _xsrf: "evil", note: "eve" }) : null;
        const answer = await fetch(hub + path, { method, mode, credentials: "include", body }).catch(String);
        answers.push(typeof answer === "string" ? answer : `${answer.type} ${answer.status}`);
      }
    }
    return { answers, cookie: document.cookie };
  }, hub.url);
  for (const answer of got.answers) expect(answer).toMatch(/^(TypeError|opaque 0)/); // nothing that it could read
  for (const name of ["jupyterhub-session-id", "jupyterhub-hub-login"]) expect(got.cookie).not.toContain(name);
  const users = (await hub.api("GET", "/users")).body as { name: string }[];
  const names = users.map((u) => u.name);
  expect(names).toContain("mallory");
  expect(names).not.toContain("eve");
  const tokens = (await hub.api("GET", "/users/admin/tokens")).body as { api_tokens: { note: string }[] };
  expect(tokens.api_tokens.filter((t) => t.note.includes("eve"))).toEqual([]);
  await page.goto(`${hub.url}/hub/home`); // still logged in
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
});
