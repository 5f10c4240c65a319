import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { required } from "../browser/hub.ts";

const token = "token-of-the-figures";
export const password = "open sesame";

/** A JupyterHub as it comes, with a page for administrators, on a database of its own. */
export class JupyterHub {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<JupyterHub> {
    const folder = mkdtempSync("/tmp/hubtest-");
    const [open, hub, proxy] = await Promise.all([freePort(), freePort(), freePort()]);
    const url = `http://127.0.0.1:${open}`;
    writeFileSync(
      join(folder, "jupyterhub_config.py"),
      `c = get_config()  # noqa
c.JupyterHub.log_level = 40
c.JupyterHub.bind_url = "${url}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:${hub}"
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "${password}"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {"admin"}
c.JupyterHub.api_tokens = {"${token}": "admin"}
c.JupyterHub.spawner_class = "jupyterhub.spawner.SimpleLocalProcessSpawner"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:${proxy}"
c.ConfigurableHTTPProxy.command = ["${required("HUBTEST_CHP")}"]
`,
    );
    const child = spawn(required("HUBTEST_PYTHON"), ["-m", "jupyterhub", "--config", "jupyterhub_config.py"], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, LANG: process.env.LANG },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const self = new JupyterHub(url, folder, child);
    await self.ready();
    return self;
  }

  private async ready(): Promise<void> {
    const late = Date.now() + 60_000;
    for (;;) {
      const status = await this.api("GET", "/users?limit=1").catch(() => 0);
      if (status === 200) return;
      if (this.process.exitCode !== null || Date.now() > late) throw new Error("JupyterHub is not ready");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Asks the API as the administrator, for the status. */
  async api(method: string, path: string, body?: unknown): Promise<number> {
    const answer = await fetch(`${this.url}/hub/api${path}`, {
      method,
      headers: { Authorization: `token ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await answer.text();
    return answer.status;
  }

  /** Ends it and its proxy. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
