import { type Failures, failures } from "../text/en/failures";
import { type Times, times } from "../text/en/times";
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

/** What of the texts errors are made from; English where nobody says otherwise. */
export interface Words {
  failures: Failures;
  times: Times;
}

const english: Words = { failures, times };

/** Makes the error for an answer that isn't a success. */
export function failureOf(refusal: Refusal, words: Words = english): ApiError {
  const { status, message, plain, requestId } = refusal;
  if (status === 401 || (status === 403 && /credential|log in first/i.test(message))) {
    return new ApiError("session", words.failures.session, status, requestId);
  }
  if (isStale(status, message)) {
    return new ApiError("stale", words.failures.stale, status, requestId);
  }
  const kind = status >= 500 ? "hub" : "refused";
  const said = plain || wordsFor(status, retryIn(refusal, words), words.failures);
  return new ApiError(kind, said, status, requestId, refusal.content);
}

/** Tells whether the hub refused the page's XSRF token: the page is of a session that is over. */
export function isStale(status: number, message: string): boolean {
  return status === 403 && /xsrf/i.test(message);
}

/** The error for a call that got no answer. */
export function unreachable(words: Words = english): ApiError {
  return new ApiError("network", words.failures.network);
}

function retryIn({ retryAfter }: Refusal, { failures, times }: Words): string {
  const seconds = Number(retryAfter);
  return seconds > 0 ? failures.retryIn(span(seconds, times)) : failures.retrySoon;
}

/** What a status says to somebody who pressed a button: what it is, and what to do. */
function wordsFor(status: number, retry: string, words: Failures): string {
  switch (status) {
    case 403:
      return words.forbidden;
    case 404:
      return words.gone;
    case 409:
      return words.conflict;
    case 413:
      return words.large;
    case 429:
      return words.often(retry);
    case 502:
    case 503:
    case 504:
      return words.away(retry);
    case 507:
      return words.full;
  }
  return status >= 500 ? words.hub : words.refused;
}
