import { freePort, trivial } from "../browser/hub.ts";
import { expect, open, program, shareFile, test } from "./programs.ts";

test("a service in Flask logs people in with HubOAuth", async ({ page, start }) => {
  const { path, remove } = shareFile("flask_service.py");
  const port = await freePort();
  const hub = await start(trivial(), {
    top: {
      services: [
        {
          name: "whoami",
          url: `http://127.0.0.1:${port}`,
          oauth_no_confirm: true,
          command: [program("apps", "python"), path],
        },
      ],
      roles: [{ name: "user", scopes: ["self", "access:services!service=whoami"] }],
    },
  });
  try {
    await hub.person("ann");
    await expect(async () => expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404)).toPass({
      timeout: 60_000,
    });
    await open(page, "ann", `${hub.url}/services/whoami/`, "**/services/whoami/");
    await expect(page.getByText("You are ann, a user.")).toBeVisible();
    for (const { name, path } of await page.context().cookies()) {
      if (name === "session" || name.startsWith("service-whoami")) expect(path).toBe("/services/whoami/");
    }
  } finally {
    remove();
  }
});
