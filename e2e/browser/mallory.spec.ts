import type { Page } from "@playwright/test";
import { expect, logIn, test } from "./fixtures.ts";
import type { Hub } from "./hub.ts";

// Mallory's notebook server shares the hub's origin. These are scripts on a page of it, in the browser of an
// administrator who visits it.

const pages = ["/hub/", "/hub/home", "/hub/spawn", "/hub/change-password", "/hub/login", "/hub/token"];
const own = "/user/mallory/"; // can be read: shows that an attempt would see something
const secret = /name="_xsrf"|atrium-data|"xsrf"/;

test.beforeEach(async ({ page, hub }) => {
  await hub.startServer("mallory").catch(() => {}); // it runs already
  await hub.person("victim");
  await page.goto(`${hub.url}/hub/logout`);
  await logIn(page, hub, "admin");
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
  expect(await page.content()).toMatch(secret); // what the attempts below must not see
  await page.goto(`${hub.url}/user/mallory/`);
});

test.afterEach(async ({ hub }) => await expectUntouched(hub));

// Everything that the attempts below try to change.
async function expectUntouched(hub: Hub): Promise<void> {
  const users = (await hub.api("GET", "/users")).body as { name: string; admin: boolean; servers: object }[];
  const names = users.map((u) => u.name);
  expect(names).not.toContain("eve");
  expect(names).toContain("victim");
  expect(users.filter((u) => u.admin).map((u) => u.name)).toEqual(["admin"]);
  expect(users.find((u) => u.name === "admin")?.servers).toEqual({});
  const groups = (await hub.api("GET", "/groups")).body as { name: string; users: string[] }[];
  expect(groups.filter((g) => g.name === "eve" || g.users.includes("eve"))).toEqual([]);
  const tokens = (await hub.api("GET", "/users/admin/tokens")).body as { api_tokens: { note: string }[] };
  expect(tokens.api_tokens.filter((t) => t.note.includes("eve"))).toEqual([]);
}

test("cannot fetch a hub page", async ({ page }) => {
  const got = await page.evaluate(
    async (paths) => {
      const texts: string[] = [];
      const note = async (label: string, ask: () => Promise<Response>) => {
        try {
          const answer = await ask();
          texts.push(`${label}: ${answer.status} ${answer.type} ${await answer.text()}`);
        } catch (e) {
          texts.push(`${label}: ${e}`);
        }
      };
      const frame = document.createElement("iframe"); // about:blank has this page's origin and another referrer
      document.body.append(frame);
      for (const path of paths) {
        for (const mode of ["cors", "same-origin", "no-cors"] as const) {
          for (const redirect of ["follow", "manual"] as const) {
            await note(`${path} ${mode} ${redirect}`, () => fetch(path, { mode, redirect, credentials: "include" }));
          }
        }
        await note(`${path} navigate`, () => fetch(path, { mode: "navigate" as RequestMode }));
        await note(`${path} from a frame`, async () => (frame.contentWindow ?? window).fetch(path));
        await note(`${path} XHR`, async () => {
          const xhr = new XMLHttpRequest();
          xhr.open("GET", path, false);
          xhr.setRequestHeader("Sec-Fetch-Mode", "navigate");
          xhr.send();
          return new Response(xhr.responseText, { status: Math.max(xhr.status, 200) });
        });
      }
      return texts;
    },
    [...pages, own],
  );
  expect(got.filter((text) => text.includes("Notebook of mallory")).length).toBe(8);
  expect(got.filter((text) => secret.test(text))).toEqual([]);
});

test("cannot put a hub page into a frame", async ({ page }) => {
  const got = await page.evaluate(
    async (paths) => {
      const texts: string[] = [];
      for (const path of paths) {
        for (const kind of ["iframe", "object", "embed"]) {
          const e = document.createElement(kind) as HTMLIFrameElement;
          e.setAttribute(kind === "object" ? "data" : "src", path);
          if (kind === "embed") e.setAttribute("type", "text/html");
          const loaded = new Promise((resolve) => {
            e.onload = e.onerror = resolve;
            setTimeout(resolve, 1000);
          });
          document.body.append(e);
          await loaded;
          let text: string | undefined;
          try {
            text = (e.contentDocument ?? e.contentWindow?.document)?.documentElement.innerHTML;
          } catch (problem) {
            text = String(problem);
          }
          texts.push(`${path} in ${kind}: ${text}`);
        }
      }
      return texts;
    },
    [...pages, own],
  );
  expect(got.filter((text) => text.includes("Notebook of mallory")).length).toBe(2); // embed shows, but gives no document
  expect(got.filter((text) => secret.test(text))).toEqual([]);
});

test("cannot look into a window that it opens", async ({ page }) => {
  // Going to the start page starts one's own server, as in JupyterHub; that much a link can do.
  const opened = [...pages.filter((path) => path !== "/hub/spawn" && path !== "/hub/"), own];
  const got = await page.evaluate(async (paths) => {
    const texts: string[] = [];
    for (const path of paths) {
      const opened = window.open(path);
      const until = Date.now() + 1500;
      let text = "";
      while (Date.now() < until && !text.includes("_xsrf")) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        try {
          if (opened && opened.location.pathname !== "blank") text = opened.document.documentElement.innerHTML;
        } catch (problem) {
          text = String(problem);
        }
      }
      texts.push(`${path} in a window: ${text}`);
    }
    return texts;
  }, opened);
  expect(got.filter((text) => text.includes("Notebook of mallory")).length).toBe(1);
  expect(got.filter((text) => secret.test(text))).toEqual([]);
});

test("cannot read the hub's cookies from the hub's path", async ({ page }) => {
  const got = await page.evaluate(async () => {
    history.pushState({}, "", "/hub/home");
    const answer = await fetch("/hub/api/user").then(
      (a) => a.text(),
      (e) => String(e),
    );
    return { cookie: document.cookie, answer };
  });
  for (const name of ["_xsrf", "jupyterhub-hub-login", "jupyterhub-session-id"]) expect(got.cookie).not.toContain(name);
  expect(got.answer).not.toContain('"admin"');
});

test("cannot call the API", async ({ page }) => {
  const got = await page.evaluate(async () => {
    const answers: string[] = [];
    const calls: [string, string, string?][] = [
      ["POST", "/hub/api/users/eve"],
      ["POST", "/hub/api/users", '{"usernames": ["eve"], "admin": true}'],
      ["PATCH", "/hub/api/users/mallory", '{"admin": true}'],
      ["DELETE", "/hub/api/users/victim"],
      ["POST", "/hub/api/users/admin/tokens", '{"note": "eve"}'],
      ["POST", "/hub/api/users/admin/server"],
      ["POST", "/hub/api/groups/eve"],
      ["GET", "/hub/api/users"],
      ["GET", "/hub/api/user"],
    ];
    const types = [
      "application/json",
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
    ];
    for (const [method, path, body] of calls) {
      for (const type of types) {
        for (const query of ["", "?_xsrf=guess"]) {
          for (const mode of ["cors", "no-cors", "same-origin"] as const) {
            const init: RequestInit = { method, mode, credentials: "include" };
            if (method !== "GET") {
              init.headers = { "Content-Type": type, "X-XSRFToken": "guess" };
              if (body) init.body = body;
            }
            const answer = await fetch(path + query, init).catch((e) => new Response(String(e), { status: 599 }));
            answers.push(`${answer.status} ${method} ${path}: ${(await answer.text()).slice(0, 80)}`);
          }
        }
      }
      navigator.sendBeacon(path, body ?? "");
    }
    return answers;
  });
  expect(got.filter((line) => !/^(403|599|405)/.test(line))).toEqual([]);
});

test("cannot send a form", async ({ page, hub }) => {
  const targets = [
    "/hub/api/users/eve",
    "/hub/api/users/admin/server",
    "/hub/api/groups/eve",
    "/hub/spawn",
    "/hub/spawn/admin",
    "/hub/change-password",
    "/hub/login",
  ];
  for (const target of targets) {
    for (const type of ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]) {
      for (const where of ["frame", "_self"]) {
        await submit(page, hub, target, type, where);
      }
    }
  }
});

async function submit(page: Page, hub: Hub, target: string, type: string, where: string): Promise<void> {
  if (!page.url().includes("/user/mallory/")) await page.goto(`${hub.url}/user/mallory/`);
  const answer = page.waitForResponse((r) => r.request().method() === "POST" && r.url().endsWith(target));
  await page.evaluate(
    ([action, enctype, where]) => {
      const frame = document.createElement("iframe");
      frame.name = "frame";
      const form = document.createElement("form");
      Object.assign(form, { action, enctype, method: "post", target: where });
      const fields = {
        _xsrf: "guess",
        old_password: "x",
        new_password: "eve eve eve",
        new_password_confirmation: "eve eve eve",
      };
      for (const [name, value] of Object.entries({ ...fields, '{"note": "eve", "x': '"}' })) {
        const input = document.createElement("input");
        Object.assign(input, { name, value, type: "hidden" });
        form.append(input);
      }
      document.body.append(frame, form);
      form.submit();
    },
    [target, type, where] as const,
  );
  expect((await answer).status(), `${type} to ${target} in ${where}`).toBe(403);
  if (where === "_self") await page.waitForURL((url) => url.pathname === target);
}

test("cannot take over the hub's paths with a service worker", async ({ page, hub }) => {
  const got = await page.evaluate(async () => {
    const outcomes: string[] = [];
    for (const scope of ["/", "/hub/", "/user/", "/user/admin/"]) {
      try {
        await navigator.serviceWorker.register(`/user/mallory/worker.js?scope=${scope}`, { scope });
        outcomes.push(scope);
      } catch {
        // refused
      }
    }
    return outcomes;
  });
  expect(got).toEqual([]);
  await page.goto(`${hub.url}/hub/home`);
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
});

test("cannot set the hub's cookies from its server, nor do anything with forged ones", async ({ page, hub }) => {
  const before = await page.context().cookies();
  await page.goto(
    `${hub.url}/user/mallory/headers?${new URLSearchParams([
      ["Set-Cookie", "_xsrf=evil; Path=/hub/"],
      ["Set-Cookie", "jupyterhub-session-id=evil; Path=/"],
      ["Set-Cookie", "jupyterhub-hub-login=evil; Path=/hub/"],
      ["Set-Cookie", "jupyterhub-session-id=; Path=/; Max-Age=0"],
      ["Clear-Site-Data", '"cookies"'],
    ])}`,
  );
  const value = (list: typeof before) => list.map((c) => `${c.name} ${c.path} ${c.value}`).sort();
  expect(value(await page.context().cookies())).toEqual(value(before));

  await page.goto(`${hub.url}/user/mallory/`);
  const got = await page.evaluate(async () => {
    history.pushState({}, "", "/hub/api/users");
    for (const path of ["/hub/", "/hub/api/", "/hub/api/users", "/"]) {
      // biome-ignore lint/suspicious/noDocumentCookie: the attempt
      for (const name of ["_xsrf", "jupyterhub-hub-login"]) document.cookie = `${name}=evil; path=${path}`;
    }
    const answer = await fetch("/hub/api/users/eve?_xsrf=evil", { method: "POST", headers: { "X-XSRFToken": "evil" } });
    return answer.status;
  });
  expect(got).toBe(403);
});
