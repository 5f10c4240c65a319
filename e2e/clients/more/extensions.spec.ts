import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import type { Page } from "@playwright/test";
import { ask, computeInLab, expect, open, program, test } from "../programs.ts";

// Extensions of Jupyter Server and JupyterLab that hubs have.

const server = () => [program("extensions", "jupyterhub-singleuser")];

async function lab(page: Page, hub: { url: string; startServer: (name: string) => Promise<void> }): Promise<void> {
  await hub.startServer("ann");
  await open(page, "ann", `${hub.url}/user/ann/lab`);
  await expect(page.locator(".jp-LauncherCard").first()).toBeVisible({ timeout: 60_000 });
}

test("nbgitpuller pulls a course by a link", async ({ page, start }) => {
  const folder = mkdtempSync("/tmp/hubtest-course-");
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@localhost", ...args]);
  git("init", "-q", "-b", "main");
  writeFileSync(join(folder, "lesson.md"), "# First lesson\n");
  git("add", ".");
  git("commit", "-q", "-m", "lesson");
  git("update-server-info");
  const files = createServer((request, response) => {
    const path = join(
      folder,
      ".git",
      normalize(new URL(request.url ?? "/", "http://x").pathname.replace("/course.git", "")),
    );
    if (existsSync(path) && statSync(path).isFile()) response.end(readFileSync(path));
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  try {
    const hub = await start(server());
    await hub.startServer("ann");
    const { port } = files.address() as AddressInfo;
    const q = new URLSearchParams({
      repo: `http://127.0.0.1:${port}/course.git`,
      branch: "main",
      targetPath: "course",
      depth: "0", // a server of plain files has no less
      urlpath: "lab/tree/course/lesson.md",
    });
    // As such links are given out, through the hub.
    await open(page, "ann", `${hub.url}/hub/user-redirect/git-pull?${q}`);
    await page.waitForURL("**/user/ann/lab/tree/course/lesson.md**", { timeout: 60_000 });
    await expect(page.getByText("First lesson").first()).toBeVisible({ timeout: 60_000 });
  } finally {
    files.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("jupyter-resource-usage shows what the server needs", async ({ page, start }) => {
  await lab(page, await start(server()));
  await expect(page.locator("#jp-main-statusbar")).toContainText(/Mem:\s+[\d.]+\s+[MG]B/, { timeout: 60_000 });
});

test("jupyter-server-mathjax serves MathJax", async ({ page, start }) => {
  await lab(page, await start(server()));
  const got = await ask(page, "GET", "/user/ann/static/jupyter_server_mathjax/MathJax.js");
  expect(got).toMatchObject({ status: 200 });
});

test("jupyter-scheduler runs a notebook", async ({ page, start }) => {
  // It looks for conda, and fails where a folder of the PATH is closed to it.
  await lab(page, await start(server(), { local: { environment: { PATH: "/usr/bin:/bin" } } }));
  const cells = [{ cell_type: "code", id: "a", source: "6*7", metadata: {}, outputs: [], execution_count: null }];
  const kernel = { name: "python3", display_name: "Python 3", language: "python" };
  const content = { cells, metadata: { kernelspec: kernel }, nbformat: 4, nbformat_minor: 5 };
  const saved = await ask(page, "PUT", "/user/ann/api/contents/job.ipynb", {
    type: "notebook",
    format: "json",
    content,
  });
  expect(saved).toMatchObject({ status: 201 });
  const { text } = await ask(page, "GET", "/user/ann/scheduler/runtime_environments");
  expect(text).toMatch(/^\[/);
  const [environment] = JSON.parse(text);
  const job = {
    name: "job",
    input_uri: "job.ipynb",
    runtime_environment_name: environment.name,
    output_formats: ["ipynb"],
  };
  expect(await ask(page, "POST", "/user/ann/scheduler/jobs", job)).toMatchObject({ status: 200 });
  await expect(async () => {
    expect((await ask(page, "GET", "/user/ann/scheduler/jobs")).text).toContain('"status": "COMPLETED"');
  }).toPass({ timeout: 60_000 });
});

test("jupyterlab-git makes a repository", async ({ page, start }) => {
  const who = {
    GIT_AUTHOR_NAME: "Ann",
    GIT_AUTHOR_EMAIL: "ann@localhost",
    GIT_COMMITTER_NAME: "Ann",
    GIT_COMMITTER_EMAIL: "ann@localhost",
  };
  await lab(page, await start(server(), { local: { environment: who } }));
  expect(await ask(page, "PUT", "/user/ann/api/contents/work", { type: "directory" })).toMatchObject({ status: 201 });
  expect((await ask(page, "POST", "/user/ann/git/work/init")).status).toBeLessThan(300);
  const got = await ask(page, "POST", "/user/ann/git/work/status");
  expect(got.text).toContain('"code": 0');
});

test("jupyter-collaboration shows one's typing to another", async ({ page, start, browser }) => {
  const hub = await start(server());
  await lab(page, hub);
  await computeInLab(page);
  await page.getByRole("dialog").getByRole("button", { name: "Rename and Save" }).click();
  const guest = await (await browser.newContext()).newPage();
  // The administrator may enter everybody's server, once they agree that it learns who they are.
  await guest.goto(`${hub.url}/hub/login?next=${encodeURIComponent("/user/ann/lab/tree/Untitled.ipynb")}`);
  await guest.getByLabel("Username").fill("admin");
  await guest.getByLabel("Password").fill("correct horse battery");
  await guest.getByRole("button", { name: "Log in" }).click();
  await guest.getByRole("button", { name: "Allow" }).click();
  await expect(guest.locator(".jp-Notebook .jp-Cell").first()).toContainText("6*7", { timeout: 60_000 });
  await page.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-content").click();
  await page.keyboard.type("# seen by both");
  await expect(guest.locator(".jp-Notebook")).toContainText("# seen by both", { timeout: 60_000 });
  await guest.context().close();
});
