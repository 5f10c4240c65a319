import { type RenderResult, render } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { App } from "../app";
import type { AppData } from "../data";

export const data: AppData = {
  base: "/",
  hub: "/hub/",
  hubName: "CS101 hub",
  logo: "/hub/static/logo.0123456789.png",
  helpUrl: "",
  footLinks: [],
  version: "1.0.0",
  user: "alice",
  admin: false,
  panel: false,
  scopes: [],
  xsrf: "a/token",
  namedLimit: 10,
  reservedNames: ["lab", "tree"],
  services: [],
  notice: "",
  announcements: [],
  quota: null,
  nonce: "",
};

/** Shows the app at a path, to somebody who types and clicks. */
export function show(path = "/hub/home", told: Partial<AppData> = {}): RenderResult & { person: UserEvent } {
  const result = render(<App data={{ ...data, ...told }} path={path} />);
  return { ...result, person: userEvent.setup() };
}
