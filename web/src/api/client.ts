import type { AppData } from "../data";
import { failureOf, unreachable } from "./errors";

/** Calls the hub's REST API with the browser's session. */
export interface Api {
  /** `path` is below /hub/api/. Resolves with what the answer holds, undefined where it is empty; rejects with ApiError. */
  call<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, options?: CallOptions): Promise<T>;
  /** The URL of an event stream below /hub/api/: browsers can't add a header there. */
  stream(path: string): string;
}

export interface CallOptions {
  body?: unknown;
  signal?: AbortSignal;
  /** The media type that is asked for, in the place of JSON. */
  accept?: string;
  headers?: Record<string, string>;
}

export function createApi(data: Pick<AppData, "hub" | "xsrf">): Api {
  const root = `${data.hub}api/`;
  return {
    async call<T>(method: string, path: string, { body, signal, accept, headers: more }: CallOptions = {}): Promise<T> {
      const headers: Record<string, string> = {
        ...more,
        Accept: accept ?? "application/json",
        "X-XSRFToken": data.xsrf,
      };
      const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
      if (signal) init.signal = signal;
      if (body !== undefined) {
        headers["Content-Type"] = "application/json";
        init.body = JSON.stringify(body);
      }
      let answer: Response;
      let text: string;
      try {
        answer = await fetch(root + path, init);
        text = await answer.text();
      } catch (cause) {
        if (signal?.aborted) throw cause;
        throw unreachable();
      }
      const content = parse(text);
      if (!answer.ok) {
        throw failureOf({
          status: answer.status,
          message: textOf(content, "message"),
          plain: textOf(content, "plain"),
          requestId: answer.headers.get("X-Request-Id") ?? "",
          retryAfter: answer.headers.get("Retry-After"),
        });
      }
      return content as T;
    },
    stream: (path) => `${root}${path}?_xsrf=${encodeURIComponent(data.xsrf)}`,
  };
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
