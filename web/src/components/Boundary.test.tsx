import { screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { show } from "../testing/render";

vi.mock("../admin/AdminPage", () => Promise.reject(new Error("Failed to fetch dynamically imported module")));

test("a page whose part does not load says what to do, below the header", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  show("/hub/admin/users", { panel: true });
  expect(await screen.findByRole("alert")).toHaveTextContent("This page can't be shown");
  expect(screen.getByRole("button", { name: "Load the page again" })).toBeVisible();
  expect(screen.getByRole("banner")).toBeVisible();
});
