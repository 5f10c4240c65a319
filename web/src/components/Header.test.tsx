import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { alice, aServer } from "../testing/hub";
import { show } from "../testing/render";

test("the header says whose hub it is, with its picture and where to find help", async () => {
  alice(aServer(""));
  const { container } = show("/hub/home", { hubName: "CS101 & friends", helpUrl: "https://cs.example.org/help" });
  const header = await screen.findByRole("banner");
  expect(within(header).getByRole("link", { name: "Atrium CS101 & friends" })).toHaveAttribute("href", "/hub/home");
  expect(within(header).getByRole("link", { name: "Help" })).toHaveAttribute("href", "https://cs.example.org/help");
  expect(container.querySelector(".brand img")).toHaveAttribute("src", "/hub/static/logo.0123456789.png");
});

test("a hub that says nothing of itself has Atrium's picture, and no link to help", async () => {
  alice(aServer(""));
  const { container } = show("/hub/home", { hubName: "", logo: "" });
  const header = await screen.findByRole("banner");
  expect(within(header).getByRole("link", { name: "Atrium" })).toBeVisible();
  expect(within(header).queryByRole("link", { name: "Help" })).toBeNull();
  expect(container.querySelector(".brand img")).toHaveAttribute("src", "/hub/logo");
});
