import { jupyter } from "../browser/hub.ts";
import { computeInLab, expect, test } from "./programs.ts";

test("a link with a token opens JupyterLab and goes on working, until the token ends", async ({ page, start }) => {
  test.slow(); // on a machine that is busy
  const hub = await start(jupyter(), { local: { environment: { JUPYTERHUB_ALLOW_TOKEN_IN_URL: "1" } } });
  await hub.startServer("own");
  const made = await hub.api("POST", "/users/own/tokens", { note: "link", scopes: ["access:servers!server=own/"] });
  const { token, id } = made.body as { token: string; id: string };

  await page.goto(`${hub.url}/user/own/lab?token=${token}`);
  await computeInLab(page);

  // Without the token in the address, and in a new window.
  const other = await page.context().newPage();
  await other.goto(`${hub.url}/user/own/lab/tree/Untitled.ipynb`);
  await expect(other.locator(".jp-Notebook .jp-Cell").first()).toBeVisible({ timeout: 60_000 });
  const cookies = await page.context().cookies();
  expect(cookies.find((c) => c.name === "atrium-token-link")).toMatchObject({ path: "/user/own/", httpOnly: true });
  expect(cookies.filter((c) => c.name.startsWith("jupyterhub-session-id"))).toEqual([]);
  expect(hub.output).not.toContain(token);

  await other.evaluate(() => {
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/user/own/api/events/subscribe`);
    socket.onopen = () => document.body.setAttribute("data-socket", "open");
    socket.onclose = (e) => document.body.setAttribute("data-socket", `closed ${e.code}`);
  });
  await expect(other.locator("body")).toHaveAttribute("data-socket", "open");
  await hub.api("DELETE", `/users/own/tokens/${id}`);
  await expect(other.locator("body")).toHaveAttribute("data-socket", "closed 1008", { timeout: 20_000 });
  page.on("dialog", (dialog) => dialog.accept());
  for (const path of ["lab", "api/contents"]) {
    await page.goto(`${hub.url}/user/own/${path}`);
    await expect(
      page.getByRole("button", { name: "Log in" }).or(page.getByText(/Forbidden|Missing or invalid/)),
    ).toBeVisible();
  }
});
