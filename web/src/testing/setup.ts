import "@testing-library/jest-dom/vitest";
import { cleanNotifications } from "@mantine/notifications";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { FakeEventSource } from "./eventSource";
import { catchForms, sent } from "./forms";
import { hub } from "./hub";

// What Mantine asks of a browser and jsdom doesn't have.
window.matchMedia = (query) => ({
  matches: false,
  media: query,
  onchange: null,
  addListener: () => undefined,
  removeListener: () => undefined,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  dispatchEvent: () => false,
});
window.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

Element.prototype.scrollIntoView = () => undefined;
vi.stubGlobal("CSS", { escape: (text: string) => text });

vi.stubGlobal("EventSource", FakeEventSource);

// On a busy machine things take longer; what doesn't come at all still fails.
configure({ asyncUtilTimeout: 10_000 });

catchForms();
beforeAll(() => hub.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  cleanNotifications();
  hub.resetHandlers();
  FakeEventSource.open.clear();
  sent.length = 0;
});
afterAll(() => hub.close());
