import { expect, open, program, test } from "./programs.ts";

test("a file can be uploaded to a Streamlit app behind jupyter-server-proxy", async ({ page, start, run }) => {
  test.slow(); // on a machine that is busy
  const app = await run("streamlit_app.py", (file, port) => [
    program("apps", "streamlit"),
    "run",
    file,
    "--server.address=127.0.0.1",
    `--server.port=${port}`,
    "--server.headless=true",
    "--browser.gatherUsageStats=false",
  ]);
  const hub = await start([program("apps", "jupyterhub-singleuser")]);
  await hub.startServer("ann");
  await open(page, "ann", `${hub.url}/user/ann/proxy/${app.port}/`);
  await expect(page.getByRole("heading", { name: "Counting" })).toBeVisible({ timeout: 60_000 });
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "hello.txt", mimeType: "text/plain", buffer: Buffer.from("twelve bytes") });
  await expect(page.getByText("hello.txt has 12 bytes")).toBeVisible({ timeout: 60_000 });
});
