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

test("jupyverse logs people in, and computes", async ({ page, start }) => {
  const hub = await start([program("jupyverse", "python"), "-c", "from fps_auth_jupyterhub import launch; launch()"]);
  await hub.startServer("ann");
  await open(page, "ann", `${hub.url}/user/ann/lab`);
  await computeInLab(page);
});

test("jhsingle-native-proxy serves Streamlit in the place of a notebook server", async ({ page, start }) => {
  const { path, remove } = shareFile("streamlit_app.py");
  const hub = await start([
    program("native", "jhsingle-native-proxy"),
    "--destport=0",
    program("native", "streamlit"),
    "run",
    path,
    "{--}server.port={port}",
    "{--}server.headless=True",
    "{--}server.enableCORS=False",
    "{--}server.enableXsrfProtection=True",
    "{--}browser.gatherUsageStats=False",
  ]);
  try {
    await hub.startServer("ann");
    await open(page, "ann", `${hub.url}/user/ann/`);
    await expect(page.getByRole("heading", { name: "Counting" })).toBeVisible({ timeout: 60_000 });
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "hello.txt", mimeType: "text/plain", buffer: Buffer.from("twelve bytes") });
    await expect(page.getByText("hello.txt has 12 bytes")).toBeVisible({ timeout: 60_000 });
  } finally {
    remove();
  }
});
