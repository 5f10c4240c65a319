import { ask, computeInLab, expect, open, program, shareFile, test } from "../programs.ts";

// What people have instead of the newest JupyterLab.

test("JupyterLab 3 with the single-user server of JupyterHub 4", async ({ page, start }) => {
  const hub = await start([program("lab3", "jupyterhub-singleuser")]);
  await hub.startServer("ann");
  await open(page, "ann", `${hub.url}/user/ann/lab`);
  await computeInLab(page);
  expect((await ask(page, "GET", "/user/ann/api/contents")).text).toContain("Untitled.ipynb");
});

for (const [name, environment, variables] of [
  [
    "Notebook 6 with the single-user server of JupyterHub 4",
    "lab3",
    { JUPYTERHUB_SINGLEUSER_APP: "notebook.notebookapp.NotebookApp" },
  ],
  ["nbclassic with the single-user server of JupyterHub 5", "notebook7", {}],
] as const) {
  test(name, async ({ page, start }) => {
    const hub = await start([program(environment, "jupyterhub-singleuser")], { local: { environment: variables } });
    await hub.startServer("ann");
    await open(page, "ann", `${hub.url}/user/ann/${environment === "lab3" ? "" : "nbclassic/"}tree`);
    await page.locator("#new-dropdown-button").click();
    const opened = page.context().waitForEvent("page");
    await page.locator("#kernel-python3 a").click();
    const notebook = await opened;
    await expect(notebook.locator(".kernel_idle_icon")).toBeVisible({ timeout: 60_000 });
    await notebook.locator(".cell .CodeMirror").first().click();
    await notebook.keyboard.type("6*7");
    await notebook.keyboard.press("Shift+Enter");
    await expect(notebook.locator(".output_result pre").first()).toHaveText("42", { timeout: 60_000 });
    await notebook.locator("#save-notbook button").click();
    await expect(async () => {
      expect((await ask(notebook, "GET", "/user/ann/api/contents/Untitled.ipynb")).text).toContain("6*7");
    }).toPass({ timeout: 60_000 });
  });
}

test("Notebook 7 with the single-user server of JupyterHub 5", async ({ page, start }) => {
  const hub = await start([program("notebook7", "jupyterhub-singleuser")], {
    local: { environment: { JUPYTERHUB_DEFAULT_URL: "/tree" } },
  });
  await hub.startServer("ann");
  await open(page, "ann", `${hub.url}/user/ann/`);
  await page.waitForURL("**/user/ann/tree**");
  await page.getByText("New", { exact: true }).click({ timeout: 60_000 });
  const opened = page.context().waitForEvent("page");
  await page.locator('[data-command="notebook:create-new"]').first().click();
  const notebook = await opened;
  await notebook.locator(".jp-Notebook .jp-Cell .cm-content").first().click({ timeout: 60_000 });
  await notebook.keyboard.type("6*7");
  await notebook.keyboard.press("Shift+Enter");
  await expect(notebook.locator(".jp-OutputArea-output").first()).toHaveText(/^\s*42\s*$/, { timeout: 60_000 });
});

test("jupyverse logs people in and shows their files", async ({ page, start }) => {
  // What fps_auth_jupyterhub's launcher passes on, with more patience: it gives a start one second.
  const port = "$(expr $JUPYTERHUB_SERVICE_URL : '.*:\\([0-9]*\\)/')";
  const prefix = ["frontend.base_url", "app.mount_path"]
    .map((key) => `--set ${key}=$JUPYTERHUB_SERVICE_PREFIX`)
    .join(" ");
  const hub = await start([
    "sh",
    "-c",
    `exec ${program("jupyverse", "jupyverse")} --host 127.0.0.1 --port ${port} ${prefix} --timeout 120`,
  ]);
  await hub.startServer("ann");
  await open(page, "ann", `${hub.url}/user/ann/lab`);
  await expect(page.getByText("Text File").first()).toBeVisible({ timeout: 60_000 });
  const cookies = await page.context().cookies();
  expect(cookies.find((c) => c.name === "jupyverse_jupyterhub_token")).toMatchObject({ path: "/user/ann/" });
  // What it makes of the token it reads from its own database, and shows no kernels: on JupyterHub neither.
});

test("jhsingle-native-proxy serves a Flask app in the place of a notebook server", async ({ page, start }) => {
  const { path, remove } = shareFile("flask_app.py");
  const hub = await start([
    program("native", "jhsingle-native-proxy"),
    "--destport=0",
    program("native", "python"),
    path,
    "{port}",
  ]);
  try {
    await hub.startServer("ann");
    await open(page, "ann", `${hub.url}/user/ann/`);
    await page.getByLabel("Name").fill("Ann");
    await page.getByRole("button", { name: "Enter" }).click();
    await expect(page.getByText("Welcome, Ann. You were here 0 times.")).toBeVisible();
  } finally {
    remove();
  }
});
