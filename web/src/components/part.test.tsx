import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
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

test("what is typed in one that had to be waited for stays when it is drawn again", async () => {
  const Form = part<{ label: string }>(() =>
    Promise.resolve({ default: ({ label }: { label: string }) => <input aria-label={label} /> }),
  );
  const { rerender } = render(<Form label="before" />);
  await userEvent.type(await screen.findByLabelText("before"), "typed");
  rerender(<Form label="after" />);
  expect(screen.getByLabelText("after")).toHaveValue("typed");
});
