import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { part } from "./part";

const page = (name: string) => () => Promise.resolve({ default: () => <p>{name}</p> });

test("what was loaded ahead is there at once", async () => {
  const Page = part(page("ahead"));
  await Page.load();
  render(<Page />);
  expect(screen.getByText("ahead")).toBeVisible();
});

test("what was not is there when it is loaded", async () => {
  const Page = part(page("later"));
  render(<Page />);
  expect(screen.queryByText("later")).toBeNull();
  expect(await screen.findByText("later")).toBeVisible();
});
