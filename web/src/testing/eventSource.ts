import { act } from "@testing-library/react";

/** Stands in for the browser's EventSource, which jsdom doesn't have. */
export class FakeEventSource {
  /** Those that are open, by the path of their URL. */
  static readonly open = new Map<string, FakeEventSource>();

  static readonly CLOSED = 2;

  onmessage: ((e: MessageEvent<string>) => void) | null = null;
  onerror: (() => void) | null = null;
  readyState = 1;
  readonly url: URL;

  constructor(url: string) {
    this.url = new URL(url, "http://localhost");
    FakeEventSource.open.set(this.url.pathname, this);
  }

  close(): void {
    FakeEventSource.open.delete(this.url.pathname);
  }

  /** Answers with something that is no stream, as a hub that has too many open. */
  refuse(): void {
    this.readyState = FakeEventSource.CLOSED;
    this.close();
    act(() => this.onerror?.());
  }

  /** Sends an event as the hub would. */
  send(event: object): void {
    act(() => this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(event) })));
  }
}
