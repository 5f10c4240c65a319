// What is used of JupyterLab, as far as it is used. The modules themselves are those of the page: they are shared by all
// extensions, and tokens and notifications work only where there is one of each.

export interface Token {
  readonly name: string;
}

export interface App {
  serviceManager: { serverSettings: Settings };
}

export interface Settings {
  baseUrl: string;
}

export interface StatusBar {
  registerStatusItem(id: string, item: { item: object; align: "left" | "right"; rank: number }): { dispose(): void };
}

interface Action {
  label: string;
  callback: () => void;
}

interface NoticeOptions {
  autoClose: false;
  actions?: Action[];
}

export interface Notifier {
  info(message: string, options: NoticeOptions): string;
  warning(message: string, options: NoticeOptions): string;
  error(message: string, options: NoticeOptions): string;
  dismiss(id: string): void;
}

export interface Modules {
  "@jupyterlab/statusbar": { IStatusBar: Token };
  "@jupyterlab/apputils": { Notification: Notifier };
  "@jupyterlab/services": {
    ServerConnection: { makeRequest(url: string, init: object, settings: Settings): Promise<Response> };
  };
  "@lumino/widgets": { Widget: new (options: { node: HTMLElement }) => object };
}

/** The modules that a page shares, by name and version, as webpack's module federation has them. */
export type Scope = Record<string, Record<string, { get: () => Promise<() => unknown> | (() => unknown) }>>;

/** A module of the page's. JupyterLab has one version of each. */
export async function shared<Name extends keyof Modules>(scope: Scope, name: Name): Promise<Modules[Name]> {
  const [one] = Object.values(scope[name] ?? {});
  if (!one) throw new Error(`${name} is not shared by this page`);
  return (await one.get())() as Modules[Name];
}
