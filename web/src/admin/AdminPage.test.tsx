import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { hub } from "../testing/hub";
import { show } from "../testing/render";

test("who may not see a page of the panel is shown the first that they may", async () => {
  hub.use(http.get("*/hub/api/announcements", () => HttpResponse.json({ items: [] })));
  window.history.replaceState(null, "", "/hub/admin/users");
  show("/hub/admin/users", { panel: true, scopes: ["announcements!group=cs101"] });
  expect(await screen.findByText("Nothing is announced.")).toBeVisible();
  expect(screen.getByRole("link", { current: "page", name: "Announcements" })).toHaveAttribute(
    "href",
    "/hub/admin/announcements",
  );
  expect(window.location.pathname).toBe("/hub/admin/announcements");
});

test("an address that no page has is none", async () => {
  show("/hub/admin/nothing", { panel: true, scopes: ["announcements"] });
  expect(await screen.findByRole("heading", { level: 1 })).not.toHaveTextContent("Announcements");
});
