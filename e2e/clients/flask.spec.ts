import { expect, open, program, test } from "./programs.ts";

const python = () => program("apps", "python");
const server = () => [program("apps", "jupyterhub-singleuser")];

for (const domain of [undefined, "hub.localhost"]) {
  test(`a login of a Flask app behind jupyter-server-proxy keeps its cookie${domain ? ", at one's own domain" : ""}`, async ({
    page,
    start,
    run,
  }) => {
    const app = await run("flask_app.py", (file, port) => [python(), file, `${port}`]);
    const hub = await start(server(), {}, domain);
    await hub.startServer("ann");
    const at = `${domain ? hub.origin("ann") : hub.url}/user/ann/proxy/${app.port}/`;
    await open(page, "ann", at);
    await page.getByLabel("Name").fill("Ann");
    await page.getByRole("button", { name: "Enter" }).click();
    await expect(page.getByText("Welcome, Ann. You were here 0 times.")).toBeVisible();
    await page.getByRole("link", { name: "Again" }).click();
    await expect(page.getByText("You were here 1 times.")).toBeVisible();

    const cookie = (await page.context().cookies()).find((c) => c.name === "session");
    expect(cookie).toMatchObject({ path: "/user/ann/", domain: new URL(at).hostname, httpOnly: true });
    expect(hub.output).toMatch(/a cookie was narrowed to the server's path.*prefix=\/user\/ann\/ cookie_name=session/);
    expect(hub.output).not.toContain(cookie?.value);
    await page.getByRole("link", { name: "Leave" }).click(); // deletes it
    await expect(page.getByLabel("Name")).toBeVisible();
    expect((await page.context().cookies()).filter((c) => c.name === "session")).toEqual([]);
  });
}
