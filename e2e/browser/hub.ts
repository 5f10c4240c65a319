import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

export const adminPassword = "correct horse battery";
/** Lets anybody in but the administrator's own password does so too: the tests' people have no passwords. */
export const sharedPassword = "open sesame";
const trials = { dummy: { password: sharedPassword } };
const adminToken = "token-of-the-browser-tests";
const patience = 60_000;

/** What is given to the API, and what comes back. */
export interface Answer {
  status: number;
  body: unknown;
}

/** Further keys of the configuration: at the top, and of the local spawner. */
export interface More {
  top?: object | ((url: string, folder: string) => object);
  local?: object;
  /** It speaks HTTPS, by a certificate that nobody knows. */
  https?: boolean;
}

/** A hub process with data of its own. */
export class Hub {
  private process: ChildProcess | undefined;
  private said = "";

  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly apiURL: string,
  ) {}

  /**
   * Starts a hub whose notebook servers run the command, and waits until it is ready. With a domain, each person has
   * one below it; it must end in .localhost, which browsers find by themselves.
   */
  static async start(command: string[], domain?: string, auth: object = trials, more: More = {}): Promise<Hub> {
    const folder = mkdtempSync("/tmp/hubtest-");
    chmodSync(folder, 0o711);
    const port = await freePort();
    const scheme = more.https ? "https" : "http";
    const url = `${scheme}://${domain ?? "127.0.0.1"}:${port}`;
    const plain = more.https ? await freePort() : port;
    const config = {
      ...(domain ? { public_url: `${scheme}://*.${domain}:${port}` } : {}),
      ...(more.https ? { hub_listen: `127.0.0.1:${plain}`, tls: certificate(folder, `${domain}`, `*.${domain}`) } : {}),
      auth,
      log: { format: "text" },
      spawner: {
        slow_start_wait: "60s",
        slow_stop_wait: "60s",
        http_timeout: "60s",
        local: { command, ...more.local },
      },
      ...(typeof more.top === "function" ? more.top(url, folder) : more.top),
    };
    writeFileSync(join(folder, "atrium.yaml"), JSON.stringify(config)); // JSON is YAML
    const hub = new Hub(url, folder, `http://127.0.0.1:${plain}/hub/api`);
    await hub.launch(port);
    return hub;
  }

  private async launch(port: number): Promise<void> {
    const program = required("E2E_ATRIUM");
    const args = ["serve", "--config", join(this.folder, "atrium.yaml"), "--data-dir", join(this.folder, "data")];
    const child = spawn(program, [...args, "--listen", `127.0.0.1:${port}`, "--stop-servers"], {
      cwd: "/",
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        LANG: process.env.LANG,
        ATRIUM_ADMIN_PASSWORD: adminPassword,
        ATRIUM_ADMIN_TOKEN: adminToken,
        ATRIUM_SPAWNER_LOCAL_UID_REGISTRY: join(this.folder, "uids"),
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.process = child;
    const former = this.said.length;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the hub is not ready:\n${this.said}`)), patience);
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        this.said += text;
        if (!this.said.includes("Atrium is ready at ", former)) return;
        clearTimeout(late);
        resolve();
      });
      child.once("error", reject);
      child.once("exit", (status) => {
        clearTimeout(late);
        reject(new Error(`the hub ended with ${status}:\n${this.said}`));
      });
    });
  }

  /** Starts a hub that was ended again, at the same address, with what it knew. */
  async startAgain(): Promise<void> {
    await this.launch(Number(new URL(this.url).port));
  }

  /** Ends the hub and its notebook servers, and removes its data. */
  async stop(): Promise<void> {
    await this.end();
    this.killServers();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends the hub and its notebook servers. */
  async end(): Promise<void> {
    const child = this.process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), patience);
      await ended;
      clearTimeout(late);
    }
  }

  // What a hub that failed to end has left. Its records name the processes; their homes say that they are ours.
  private killServers(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const environ = readFileSync(`/proc/${pid}/environ`, "utf8");
        if (environ.includes(`HOME=${this.folder}/data/homes/`)) process.kill(Number(pid), "SIGKILL");
      } catch {
        // It is gone, or somebody else's.
      }
    }
  }

  /** Where somebody's servers are, by the scheme and host. */
  origin(name: string): string {
    return this.url.replace("://", `://${name}.`);
  }

  /** Everything that the hub wrote. */
  get output(): string {
    return this.said;
  }

  /** Asks the API as the administrator. */
  async api(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.ask(this.apiURL + path, method, body);
  }

  /** Asks what the AUP Learning Cloud has below /hub/admin/api, as the administrator. */
  async cloud(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.ask(this.apiURL.replace(/api$/, "admin/api") + path, method, body);
  }

  private async ask(url: string, method: string, body: unknown): Promise<Answer> {
    const answer = await fetch(url, {
      method,
      headers: { Authorization: `token ${adminToken}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  }

  /** Makes somebody who logs in with the shared password; they may be there already. */
  async person(name: string): Promise<void> {
    const { status, body } = await this.api("POST", `/users/${name}`);
    if (status !== 201 && status !== 409) throw new Error(`create ${name}: ${status} ${JSON.stringify(body)}`);
  }

  /** Starts somebody's default server and waits until it is ready. */
  async startServer(name: string): Promise<void> {
    await this.person(name);
    const { status, body } = await this.api("POST", `/users/${name}/server`);
    if (status !== 201) throw new Error(`start ${name}'s server: ${status} ${JSON.stringify(body)}`);
  }
}

/** The command of JupyterLab's single-user server. */
export function jupyter(): string[] {
  return [required("HUBTEST_JUPYTER")];
}

/** The command of the small program that stands in for a notebook server. */
export function trivial(...flags: string[]): string[] {
  return [required("E2E_NOTEBOOK"), ...flags];
}

export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this through scripts/with-test-env, after make setup`);
  return value;
}

/** Makes a certificate for the names, and says where it is, as the configuration does. */
export function certificate(folder: string, ...names: string[]): { cert_file: string; key_file: string } {
  execFileSync(required("E2E_CERTIFICATE"), [folder, ...names]);
  return { cert_file: join(folder, "tls.crt"), key_file: join(folder, "tls.key") };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
