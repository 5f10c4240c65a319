import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { adminPassword, freePort, type Hub, trivial } from "../../browser/hub.ts";
import { ask, expect, open, program, shareFile, test } from "../programs.ts";

// Services and programs beside a hub.

const run = promisify(execFile);

/** A service that the hub runs, which everybody may use. */
function service(name: string, port: number, command: string[], more: object = {}): object {
  return {
    services: [{ name, url: `http://127.0.0.1:${port}`, command, oauth_no_confirm: true, ...more }],
    roles: [{ name: "user", scopes: ["self", `access:services!service=${name}`] }],
  };
}

/** Waits until the service answers at the hub. */
async function answers(hub: Hub, path: string): Promise<void> {
  await expect(async () => {
    expect((await fetch(hub.url + path, { redirect: "manual" })).status, hub.output).not.toBe(503);
  }).toPass({ timeout: 60_000 });
}

/** A token of somebody's, for all that they may do. */
async function tokenOf(hub: Hub, name: string): Promise<string> {
  await hub.person(name);
  return ((await hub.api("POST", `/users/${name}/tokens`, { note: "test" })).body as { token: string }).token;
}

async function asAdmin(page: Page, address: string, end: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel("Username").fill("admin");
  await page.getByLabel("Password").fill(adminPassword);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL(end, { timeout: 60_000 });
}

test("jupyterhub-announcement lets an administrator write what all can read", async ({ page, start }) => {
  const port = await freePort();
  const command = [
    program("services", "python"),
    "-m",
    "jupyterhub_announcement",
    `--AnnouncementService.port=${port}`,
  ];
  const hub = await start(trivial(), { top: service("announcement", port, command, { cwd: "/tmp" }) });
  await answers(hub, "/services/announcement/latest");
  await asAdmin(page, `${hub.url}/hub/login?next=%2Fservices%2Fannouncement%2F`, "**/services/announcement/");
  await page.locator("textarea").fill("Closed on Monday");
  await page.locator("form [type=submit], form button").first().click();
  await expect(page.getByText("Closed on Monday").first()).toBeVisible();
  expect(await (await fetch(`${hub.url}/services/announcement/latest`)).text()).toContain("Closed on Monday");
});

test("a service with jupyterhub-fastapi-adapter logs people in", async ({ page, start }) => {
  const port = await freePort();
  const { path, remove } = shareFile("fastapi_service.py");
  try {
    const hub = await start(trivial(), { top: service("whoami", port, [program("services", "python"), path]) });
    await hub.person("ann");
    await answers(hub, "/services/whoami/");
    await open(page, "ann", `${hub.url}/services/whoami/`, "**/services/whoami/");
    await expect(page.getByText("You are ann.")).toBeVisible();
  } finally {
    remove();
  }
});

test("jhub-apps logs people in and lists their servers", async ({ page, start }) => {
  const port = await freePort();
  const command = [
    program("jhubapps", "python"),
    "-m",
    "uvicorn",
    "jhub_apps.service.app:app",
    `--port=${port}`,
    "--host=127.0.0.1",
  ];
  // What its install_jhub_apps adds to a JupyterHub's configuration.
  const hub = await start(trivial(), {
    top: (url) => ({
      services: [
        {
          name: "japps",
          url: `http://127.0.0.1:${port}`,
          command,
          environment: {
            PUBLIC_HOST: url,
            JHUB_APP_JWT_SECRET_KEY: "of-the-test-0123456789-0123456789",
            JHUB_APP_TITLE: "Apps",
            JHUB_APP_ICON: "",
          },
          oauth_redirect_uri: `${url}/services/japps/oauth_callback`,
          oauth_no_confirm: true,
        },
      ],
      roles: [
        { name: "user", scopes: ["self", "access:services", "list:services"] },
        {
          name: "japps",
          scopes: [
            ...[
              "list:users",
              "list:groups",
              "read:users",
              "read:users:activity",
              "admin:servers",
              "access:services",
              "list:services",
            ],
            ...["read:services", "tokens", "shares"],
            // Beyond what install_jhub_apps gives it: the tokens that it makes for people may do what they may.
            ...["users:activity", "access:servers"],
          ],
          services: ["japps"],
        },
      ],
    }),
  });
  await hub.startServer("ann");
  await answers(hub, "/services/japps/");
  await open(page, "ann", `${hub.url}/services/japps/jhub-login`, "**/hub/home");
  const cookies = await page.context().cookies();
  expect(cookies.find((c) => c.name === "jhub_apps_access_token")).toMatchObject({ path: "/services/japps/" });
  await page.goto(`${hub.url}/services/japps/user`);
  await expect(page.getByText('"name":"ann"')).toBeVisible();
  await page.goto(`${hub.url}/services/japps/server/`);
  await expect(page.getByText('"user_apps"')).toBeVisible();
});

test("ngshare keeps courses", async ({ start }) => {
  const port = await freePort();
  const folder = mkdtempSync("/tmp/hubtest-ngshare-");
  const command = [
    program("ngshare", "python"),
    "-m",
    "ngshare",
    "--admins=admin",
    `--database=sqlite:///${folder}/db`,
    `--storage=${folder}/files`,
  ];
  try {
    const hub = await start(trivial(), { top: service("ngshare", port, command) });
    await answers(hub, "/services/ngshare/");
    const as = async (token: string, method: string, path: string, form?: Record<string, string>) => {
      const body = form && new URLSearchParams(form);
      const answer = await fetch(`${hub.url}/services/ngshare/${path}`, {
        method,
        headers: { Authorization: `token ${token}` },
        ...(body && { body }),
      });
      return (await answer.json()) as { success: boolean; courses?: string[] };
    };
    const [admin, ann, bob] = [await tokenOf(hub, "admin"), await tokenOf(hub, "ann"), await tokenOf(hub, "bob")];
    expect(await as(admin, "POST", "course/cs101", { instructors: '["ann"]' })).toMatchObject({ success: true });
    expect(await as(ann, "GET", "courses")).toMatchObject({ success: true, courses: ["cs101"] });
    expect(await as(bob, "GET", "courses")).toMatchObject({ success: true, courses: [] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("Dask Gateway knows people by the hub and starts clusters for them", async ({ start }) => {
  const [port, api] = [await freePort(), await freePort()];
  const folder = mkdtempSync("/tmp/hubtest-dask-");
  chmodSync(folder, 0o777);
  const { path, remove } = shareFile("dask_gateway_config.py");
  const client = shareFile("dask_client.py");
  try {
    const gateway = program("daskgw", "dask-gateway-server");
    const hub = await start(trivial(), {
      top: {
        services: [
          {
            name: "dask-gateway",
            url: `http://127.0.0.1:${port}`,
            command: [gateway, "-f", path, `--DaskGateway.address=127.0.0.1:${api}`],
            environment: {
              GATEWAY: `127.0.0.1:${port}`,
              CLUSTERS: folder,
              PATH: `${program("daskgw", "")}:/usr/bin:/bin`,
            },
          },
        ],
        roles: [
          { name: "user", scopes: ["self", "access:services!service=dask-gateway"] },
          { name: "dask-gateway", scopes: ["read:users", "list:users"], services: ["dask-gateway"] },
        ],
      },
    });
    const token = await tokenOf(hub, "ann");
    await expect(async () => {
      expect((await fetch(`http://127.0.0.1:${port}/api/health`)).status, hub.output).toBe(200);
    }).toPass({ timeout: 60_000 });
    const env = { JUPYTERHUB_API_TOKEN: token, HOME: folder, PATH: process.env.PATH };
    const { stdout } = await run(program("daskgw", "python"), [client.path, `http://127.0.0.1:${port}`], {
      env,
      timeout: 120_000,
    });
    expect(stdout).toContain("answer 42");
  } finally {
    remove();
    client.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("nbgrader's formgrader makes an assignment", async ({ page, start }) => {
  const hub = await start([program("nbgrader", "jupyterhub-singleuser")]);
  await hub.startServer("ann");
  await open(page, "ann", `${hub.url}/user/ann/formgrader/manage_assignments`);
  await expect(page.getByRole("link", { name: "Add new assignment" })).toBeVisible({ timeout: 60_000 });
  // What its form sends.
  const made = await ask(page, "PUT", "/user/ann/formgrader/api/assignment/ps1", {
    duedate_notimezone: null,
    duedate_timezone: null,
  });
  expect(made).toMatchObject({ status: 200 });
  await page.reload();
  await expect(page.getByText("ps1", { exact: true }).first()).toBeVisible({ timeout: 60_000 });
});

test("jh-exec runs code in somebody's kernel", async ({ start }) => {
  const environment = { JUPYTERHUB_ALLOW_TOKEN_IN_URL: "1" }; // it says who it is there
  const hub = await start([program("extensions", "jupyterhub-singleuser")], { local: { environment } });
  const token = await tokenOf(hub, "ann");
  await hub.startServer("ann");
  const at = ["--host", "127.0.0.1", "--port", new URL(hub.url).port, "--user", "ann", "--token", token];
  const jh = async (...args: string[]) =>
    (
      await run(program("exec", "jh-exec"), [...at, ...args], {
        timeout: 90_000,
        cwd: "/",
        env: { PATH: process.env.PATH, HOME: "/nonexistent", JH_SSL: "false" },
      })
    ).stdout;
  await jh("new-kernel");
  // It takes a kernel's first word, that it is idle, for the end of the code: so the second time.
  await expect(async () => expect(await jh("exec", "print(6*7)")).toContain("42")).toPass({ timeout: 60_000 });
});

test("Voilà shows a notebook as an application", async ({ page, start }) => {
  const hub = await start([program("dashboards", "jupyterhub-singleuser")]);
  const token = await tokenOf(hub, "ann");
  await hub.startServer("ann");
  const cells = [
    { cell_type: "code", id: "a", source: "print(6*7)", metadata: {}, outputs: [], execution_count: null },
  ];
  const kernel = { name: "python3", display_name: "Python 3", language: "python" };
  const content = { cells, metadata: { kernelspec: kernel }, nbformat: 4, nbformat_minor: 5 };
  const saved = await fetch(`${hub.url}/user/ann/api/contents/app.ipynb`, {
    method: "PUT",
    headers: { Authorization: `token ${token}` },
    body: JSON.stringify({ type: "notebook", format: "json", content }),
  });
  expect(saved.status).toBe(201);
  await open(page, "ann", `${hub.url}/user/ann/voila/render/app.ipynb`);
  await expect(page.getByText("42", { exact: true })).toBeVisible({ timeout: 60_000 });
});
