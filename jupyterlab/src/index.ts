// Atrium's extension of JupyterLab: time and credits left in the status bar, notices before the server is stopped, what is
// announced, and whose server it is. The page loads this file as a container of module federation, which is written here by
// hand: it has one module, and takes all others from the page.

import { type Answer, again, keyOf, status, wordsFor } from "./hub";
import { type App, type Modules, type Notifier, type Scope, type StatusBar, shared } from "./lab";

const name = "@atriumhub/jupyterlab";
const path = "atrium/notices?no_track_activity=1";
const drawEvery = 15_000;
const later = 60_000;

interface Parts {
  connection: Modules["@jupyterlab/services"]["ServerConnection"];
  notifier: Notifier;
  Widget: Modules["@lumino/widgets"]["Widget"];
}

/** What a page shows of its server. */
class Watch {
  private readonly say = wordsFor(navigator.language);
  private readonly node = document.createElement("span");
  private readonly shown = new Map<string, string>();
  private answer: Answer | null = null;
  private heard = 0;
  private timer: number | undefined;

  constructor(
    private readonly app: App,
    private readonly parts: Parts,
    bar: StatusBar | null,
  ) {
    this.node.className = "jp-StatusBar-TextItem atrium-status";
    this.node.setAttribute("data-atrium", "");
    bar?.registerStatusItem("atrium:status", { item: new parts.Widget({ node: this.node }), align: "right", rank: 5 });
    document.addEventListener("visibilitychange", () => this.plan());
    window.setInterval(() => this.draw(), drawEvery);
    void this.ask();
  }

  /** Asks anew when the time has come: nothing is asked for a page that nobody sees. */
  private plan(): void {
    window.clearTimeout(this.timer);
    if (document.visibilityState === "hidden" || this.heard < 0) return;
    const wait = this.answer ? again(this.answer) : later;
    this.timer = window.setTimeout(() => void this.ask(), Math.max(0, this.heard + wait - Date.now()));
  }

  private async ask(): Promise<void> {
    const settings = this.app.serviceManager.serverSettings;
    try {
      const response = await this.parts.connection.makeRequest(settings.baseUrl + path, { method: "GET" }, settings);
      if (response.status === 404) {
        this.heard = -1; // this server knows no hub of ours
        return;
      }
      if (response.ok) this.tell((await response.json()) as Answer);
    } catch {
      // The server or the hub does not answer for now: it is asked again.
    }
    if (this.heard >= 0) this.heard = Date.now();
    this.plan();
  }

  private tell(answer: Answer): void {
    this.answer = answer;
    this.heard = Date.now();
    this.draw();
    const keys = answer.notices.map(keyOf);
    for (const [key, id] of this.shown) {
      if (keys.includes(key)) continue;
      this.parts.notifier.dismiss(id); // it is past, or the end has moved
      this.shown.delete(key);
    }
    const actions = [{ label: this.say.home, callback: () => void window.open(answer.home, "_blank", "noopener") }];
    for (const notice of answer.notices) {
      const key = keyOf(notice);
      if (!this.shown.has(key))
        this.shown.set(key, this.parts.notifier.warning(notice.message, { autoClose: false, actions }));
    }
    for (const told of answer.announcements) {
      if (!once(`${told.id} ${told.text}`)) continue;
      const kind = told.level === "urgent" ? "error" : told.level;
      this.parts.notifier[kind](told.text, { autoClose: false });
    }
  }

  private draw(): void {
    if (!this.answer) return;
    const now = Date.parse(this.answer.now) + Date.now() - this.heard;
    const { text, title } = status(this.answer, now, this.say);
    this.node.textContent = text;
    this.node.title = title;
  }
}

/** Tells whether somebody is told something for the first time in this tab. */
function once(what: string): boolean {
  const key = "atrium:told";
  try {
    const told = JSON.parse(sessionStorage.getItem(key) ?? "[]") as string[];
    if (told.includes(what)) return false;
    sessionStorage.setItem(key, JSON.stringify([...told, what].slice(-100)));
  } catch {
    return true; // no storage: told again with each page
  }
  return true;
}

async function plugin(scope: Scope): Promise<object> {
  const [{ IStatusBar }, { Notification }, { ServerConnection }, { Widget }] = await Promise.all([
    shared(scope, "@jupyterlab/statusbar"),
    shared(scope, "@jupyterlab/apputils"),
    shared(scope, "@jupyterlab/services"),
    shared(scope, "@lumino/widgets"),
  ]);
  return {
    id: `${name}:plugin`,
    description: "Time and credits left, and what the hub announces.",
    autoStart: true,
    optional: [IStatusBar],
    activate: (app: App, bar: StatusBar | null) => {
      new Watch(app, { connection: ServerConnection, notifier: Notification, Widget }, bar);
    },
  };
}

let scope: Scope = {};
const page = window as unknown as { _JUPYTERLAB?: Record<string, object> };
page._JUPYTERLAB ??= {};
page._JUPYTERLAB[name] = {
  init: (given: Scope) => {
    scope = given;
  },
  get: async () => {
    const made = await plugin(scope);
    return () => ({ __esModule: true, default: made });
  },
};
