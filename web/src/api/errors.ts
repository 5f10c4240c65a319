import { span } from "../time";

/** What kind of failure a call ended with: each wants other words and another cure. */
export type FailureKind = "session" | "stale" | "network" | "refused" | "hub";

/** A call that failed. `message` is for the person. */
export class ApiError extends Error {
  readonly kind: FailureKind;
  /** The answer's status, 0 where none came. */
  readonly status: number;
  /** By which the operator finds it in the log; empty where none came. */
  readonly requestId: string;
  /** All that the answer holds. */
  readonly content: unknown;

  constructor(kind: FailureKind, message: string, status = 0, requestId = "", content?: unknown) {
    super(message);
    this.name = "ApiError";
    this.kind = kind;
    this.status = status;
    this.requestId = requestId;
    this.content = content;
  }
}

/** An answer of the hub that isn't a success. */
export interface Refusal {
  status: number;
  /** What the API says to programs; it is never shown. */
  message: string;
  /** The same in words for people, where the hub has some. */
  plain: string;
  requestId: string;
  /** The header of that name, in seconds. */
  retryAfter: string | null;
  /** All of it. */
  content?: unknown;
}

/** Makes the error for an answer that isn't a success. */
export function failureOf(refusal: Refusal): ApiError {
  const { status, message, plain, requestId } = refusal;
  if (status === 401 || (status === 403 && /credential|log in first/i.test(message))) {
    return new ApiError("session", "Your session ended. Log in again to go on.", status, requestId);
  }
  if (status === 403 && /xsrf/i.test(message)) {
    return new ApiError("stale", "This page is out of date. Load it again to go on.", status, requestId);
  }
  const kind = status >= 500 ? "hub" : "refused";
  return new ApiError(kind, plain || wordsFor(status, retryIn(refusal)), status, requestId, refusal.content);
}

/** The error for a call that got no answer. */
export function unreachable(): ApiError {
  return new ApiError("network", "The hub did not answer. Check your connection, then try again.");
}

function retryIn({ retryAfter }: Refusal): string {
  const seconds = Number(retryAfter);
  return seconds > 0 ? `Try again in ${span(seconds)}.` : "Try again in a moment.";
}

/** What a status says to somebody who pressed a button: what it is, and what to do. */
function wordsFor(status: number, retry: string): string {
  switch (status) {
    case 403:
      return "You may not do this. If you should, ask an administrator of this hub.";
    case 404:
      return "It is not there any more. Load the page again to see what there is.";
    case 409:
      return "Somebody else changed it at the same time. Load the page again to see how it is now.";
    case 413:
      return "That is more than the hub takes at once. Send less.";
    case 429:
      return `That was too much in a short time. ${retry}`;
    case 502:
    case 503:
    case 504:
      return `The hub is not available right now. ${retry}`;
    case 507:
      return "The hub's disk is full. Tell an administrator of this hub.";
  }
  if (status >= 500) {
    return "Something failed on the hub. Try again in a moment; if it stays like this, tell an administrator of this hub.";
  }
  return "The hub could not do this as things are. Load the page again to see how they are now.";
}
