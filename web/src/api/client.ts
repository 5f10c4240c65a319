import { type AppData, readData } from "../data";
import { failureOf, isStale, unreachable, type Words } from "./errors";

/** Calls the hub's REST API with the browser's session. */
export interface Api {
  /** `path` is below /hub/api/, one that begins with a slash below /hub/. Resolves with what the answer holds, undefined where it is empty; rejects with ApiError. */
  call<T>(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, options?: CallOptions): Promise<T>;
  /** The same with the answer's ETag, for a change that is about what was read. */
  tagged<T>(path: string, options?: CallOptions): Promise<Tagged<T>>;
  /** A file that the hub makes of what `path` answers, as the media type says. */
  file(path: string, media: string): Promise<Blob>;
  /** The token that forms are sent with, the newest there is. */
  xsrf(): string;
  /** The URL of an event stream below /hub/api/: browsers can't add a header there. */
  stream(path: string): string;
}

export interface Tagged<T> {
  value: T;
  tag: string;
}

interface CallOptions {
  body?: unknown;
  signal?: AbortSignal;
  /** The media type that is asked for, in the place of JSON. */
  accept?: string;
  headers?: Record<string, string>;
}

/** Makes the way to call a hub; `words` are the person's, for what fails. */
export function createApi(data: Pick<AppData, "hub" | "user" | "xsrf">, words?: Words): Api {
  const root = `${data.hub}api/`;
  let token = data.xsrf;
  let renewal: Promise<string> | undefined;
  /** A token that may do in the place of `old`; that one itself where there is no other. */
  const renewed = async (old: string) => {
    if (token !== old) return token; // by another call
    renewal ??= tokenOf(data.user).finally(() => {
      renewal = undefined;
    });
    token = (await renewal) || old;
    return token;
  };
  const ask = async (method: string, path: string, options: CallOptions) => {
    const used = token;
    const answer = await send(method, path, options, used);
    if (answer.status !== 403) return answer;
    const said = parse(await reached(options.signal, () => answer.clone().text(), words));
    if (!isStale(answer.status, textOf(said, "message"))) return answer;
    const fresh = await renewed(used);
    return fresh === used ? answer : send(method, path, options, fresh);
  };
  const send = async (
    method: string,
    path: string,
    { body, signal, headers: more, accept }: CallOptions,
    xsrf: string,
  ) => {
    const headers: Record<string, string> = {
      ...more,
      Accept: accept ?? "application/json",
      "X-XSRFToken": xsrf,
    };
    const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
    if (signal) init.signal = signal;
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    return reached(signal, () => fetch(path.startsWith("/") ? data.hub + path.slice(1) : root + path, init), words);
  };
  const tagged = async <T>(method: string, path: string, options: CallOptions): Promise<Tagged<T>> => {
    const answer = await ask(method, path, options);
    const content = parse(await reached(options.signal, () => answer.text(), words));
    if (!answer.ok) throw refusal(answer, content, words);
    return { value: content as T, tag: answer.headers.get("ETag") ?? "" };
  };
  return {
    call: async <T>(method: string, path: string, options: CallOptions = {}) =>
      (await tagged<T>(method, path, options)).value,
    tagged: (path, options = {}) => tagged("GET", path, options),
    async file(path: string, media: string): Promise<Blob> {
      const answer = await ask("GET", path, { accept: media });
      if (!answer.ok) throw refusal(answer, parse(await reached(undefined, () => answer.text(), words)), words);
      return reached(undefined, () => answer.blob(), words);
    },
    xsrf: () => token,
    stream: (path) => `${root}${path}?_xsrf=${encodeURIComponent(token)}`,
  };
}

/**
 * The XSRF token of the page as it would be loaded now, if it is still the same person's: who logged in again elsewhere goes
 * on where they were. Empty where there is none.
 */
async function tokenOf(user: string): Promise<string> {
  try {
    const { pathname, search } = window.location;
    const answer = await fetch(pathname + search, { credentials: "same-origin", cache: "no-store" });
    const page = readData(new DOMParser().parseFromString(await answer.text(), "text/html"));
    return user !== "" && page.user === user ? page.xsrf : "";
  } catch {
    return "";
  }
}

/** What the network's way to the hub gives; ApiError where it is interrupted, but for the caller's own end. */
async function reached<T>(signal: AbortSignal | undefined, ask: () => Promise<T>, words?: Words): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw unreachable(words);
  }
}

function refusal(answer: Response, content: unknown, words?: Words): Error {
  const told = {
    status: answer.status,
    message: textOf(content, "message"),
    plain: textOf(content, "plain"),
    requestId: answer.headers.get("X-Request-Id") ?? "",
    retryAfter: answer.headers.get("Retry-After"),
    content,
  };
  return failureOf(told, words);
}

/** A proxy in between may answer with something that isn't JSON. */
function parse(text: string): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(content: unknown, key: string): string {
  if (typeof content !== "object" || content === null) return "";
  const value: unknown = (content as Record<string, unknown>)[key];
  return typeof value === "string" ? value : "";
}
