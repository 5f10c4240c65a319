import { ask, expect, open, program, test } from "./programs.ts";

test("the classic Notebook 6 makes, runs and saves a notebook", async ({ page, start }) => {
  test.slow(); // on a machine that is busy
  const hub = await start([program("notebook6", "jupyterhub-singleuser")], {
    local: { environment: { JUPYTERHUB_SINGLEUSER_APP: "notebook.notebookapp.NotebookApp" } },
  });
  await hub.startServer("ann");
  await open(page, "ann", `${hub.url}/user/ann/tree`);
  await page.locator("#new-dropdown-button").click();
  const opened = page.context().waitForEvent("page");
  await page.locator("#kernel-python3 a").click();
  const notebook = await opened;
  await notebook.waitForURL("**/user/ann/notebooks/Untitled.ipynb**", { timeout: 60_000 });
  await expect(notebook.locator(".kernel_idle_icon")).toBeVisible({ timeout: 60_000 });
  await notebook.locator(".cell .CodeMirror").first().click();
  await notebook.keyboard.type("6*7");
  await notebook.keyboard.press("Shift+Enter");
  await expect(notebook.locator(".output_result pre").first()).toHaveText("42", { timeout: 60_000 });
  await notebook.locator("#save-notbook button").click();
  await expect(notebook.locator(".autosave_status")).toHaveText("(autosaved)", { timeout: 60_000 });
  expect((await ask(notebook, "GET", "/user/ann/api/contents/Untitled.ipynb")).text).toContain("6*7");
});
