/** What kind of failure a call ended with: each wants other words and another cure. */
export type FailureKind = "session" | "stale" | "network" | "refused" | "hub";

/** A call that failed. `message` is for the person. */
export class ApiError extends Error {
  readonly kind: FailureKind;
  /** The answer's status, 0 where none came. */
  readonly status: number;
  /** By which the operator finds it in the log; empty where none came. */
  readonly requestId: string;

  constructor(kind: FailureKind, message: string, status = 0, requestId = "") {
    super(message);
    this.name = "ApiError";
    this.kind = kind;
    this.status = status;
    this.requestId = requestId;
  }
}

/** Makes the error for an answer that isn't a success. */
export function failureOf(status: number, message: string, requestId: string, retryAfter: string | null): ApiError {
  if (status === 401 || (status === 403 && /credential|log in first/i.test(message))) {
    return new ApiError("session", "Your session ended. Log in again to go on.", status, requestId);
  }
  if (status === 403 && /xsrf/i.test(message)) {
    return new ApiError("stale", "This page is out of date. Load it again to go on.", status, requestId);
  }
  // What the hub says to these is for programs.
  if (status === 403) {
    return new ApiError("refused", "You may not do this. If you should, ask an administrator.", status, requestId);
  }
  if (status === 404) return new ApiError("refused", "It is not there any more.", status, requestId);
  if (status === 429) {
    const wait = Number(retryAfter) > 0 ? ` Try again in ${Number(retryAfter)} s.` : " Try again in a moment.";
    return new ApiError("refused", withStop(message || "Too many requests at once") + wait, status, requestId);
  }
  if (status === 503 || status === 502 || status === 504) {
    return new ApiError("hub", "The hub is not available right now. Try again in a moment.", status, requestId);
  }
  if (status >= 500) {
    return new ApiError("hub", "Something failed on the hub. Try again in a moment.", status, requestId);
  }
  return new ApiError("refused", withStop(message || "The hub refused this"), status, requestId);
}

/** The error for a call that got no answer. */
export function unreachable(): ApiError {
  return new ApiError("network", "The hub did not answer. Check your connection.");
}

function withStop(sentence: string): string {
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}
