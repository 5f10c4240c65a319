import type { Page } from "@playwright/test";
import { expect, open, program, test } from "../programs.ts";

// Applications that somebody has written with a framework, behind jupyter-server-proxy.

const bin = (name: string) => program("dashboards", name);

interface Framework {
  name: string;
  file: string;
  command: (file: string, port: number, prefix: string) => string[];
  /** Below the prefix. */
  path?: string;
  /** The port is addressed with the whole path, which the program expects. */
  absolute?: boolean;
  check: (page: Page) => Promise<void>;
}

async function logsIn(page: Page): Promise<void> {
  await page.getByLabel("Name").fill("Ann");
  await page.getByRole("button", { name: "Enter" }).click();
  await expect(page.getByText("Welcome, Ann.")).toBeVisible();
}

async function counts(page: Page): Promise<void> {
  await page.getByRole("textbox").first().fill("seven77", { timeout: 60_000 });
  await page.keyboard.press("Tab");
  await expect(page.getByText("7 letters")).toBeVisible({ timeout: 60_000 });
}

const frameworks: Framework[] = [
  { name: "Django", file: "django_app.py", command: (file, port) => [bin("python"), file, `${port}`], check: logsIn },
  {
    name: "Starlette",
    file: "starlette_app.py",
    command: (file, port) => [bin("python"), file, `${port}`],
    check: logsIn,
  },
  { name: "Tornado", file: "tornado_app.py", command: (file, port) => [bin("python"), file, `${port}`], check: logsIn },
  {
    name: "Dash",
    file: "dash_app.py",
    command: (file, port, prefix) => [bin("python"), file, `${port}`, prefix],
    check: counts,
  },
  {
    name: "Panel",
    file: "panel_app.py",
    path: "panel_app",
    command: (file, port) => [
      bin("panel"),
      "serve",
      file,
      `--port=${port}`,
      "--address=127.0.0.1",
      "--allow-websocket-origin=*",
    ],
    check: counts,
  },
  {
    name: "Bokeh",
    file: "bokeh_app.py",
    absolute: true,
    path: "bokeh_app",
    command: (file, port, prefix) => [
      bin("bokeh"),
      "serve",
      file,
      `--port=${port}`,
      "--address=127.0.0.1",
      `--prefix=${prefix}`,
      "--allow-websocket-origin=*",
    ],
    check: async (page) => {
      await page.getByRole("button", { name: "Count" }).click({ timeout: 60_000 });
      await expect(page.getByText("1 clicks")).toBeVisible({ timeout: 60_000 });
    },
  },
  {
    name: "Gradio",
    file: "gradio_app.py",
    command: (file, port, prefix) => [bin("python"), file, `${port}`, prefix],
    check: async (page) => {
      await page.getByLabel("username").fill("ann", { timeout: 60_000 });
      await page.getByLabel("password").fill("secret of ann");
      await page.getByRole("button", { name: "Login" }).click();
      await page
        .locator("input[type=file]")
        .first()
        .setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("twelve bytes") });
      await page.getByRole("button", { name: "Submit" }).click();
      await expect(page.getByLabel("Answer")).toHaveValue("12 bytes", { timeout: 60_000 });
    },
  },
  {
    name: "Shiny",
    file: "shiny_app.py",
    command: (file, port) => [bin("shiny"), "run", `--port=${port}`, "--host=127.0.0.1", file],
    check: counts,
  },
  {
    name: "marimo",
    file: "marimo_app.py",
    absolute: true,
    path: "?access_token=of-the-test",
    command: (file, port, prefix) => [
      bin("marimo"),
      "run",
      file,
      `--port=${port}`,
      "--host=127.0.0.1",
      "--headless",
      `--base-url=${prefix.replace(/\/$/, "")}`,
      "--token",
      "--token-password=of-the-test",
    ],
    check: counts,
  },
];

for (const { name, file, command, path = "", absolute = false, check } of frameworks) {
  test(`a ${name} app behind jupyter-server-proxy`, async ({ page, start, run }) => {
    const prefix = (port: number) => `/user/ann/proxy/${absolute ? "absolute/" : ""}${port}/`;
    const app = await run(file, (copy, port) => command(copy, port, prefix(port)));
    const hub = await start([bin("jupyterhub-singleuser")]);
    await hub.startServer("ann");
    await open(page, "ann", `${hub.url}${prefix(app.port)}${path}`);
    await check(page);
  });
}
