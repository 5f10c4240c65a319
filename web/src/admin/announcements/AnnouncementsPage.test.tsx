import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { Announcement } from "../../api/announcements";
import { hub } from "../../testing/hub";
import { show } from "../../testing/render";

const one: Announcement = {
  id: 7,
  level: "warning",
  text: "<b>Down</b> on Friday, see https://status.example",
  group: "cs101",
  from: "2026-01-02T03:04:05Z",
  until: null,
  author: "root",
  changed: "2026-01-02T03:04:05Z",
};

/** A hub with such announcements; what it is sent. */
function board(items: Announcement[], refusal?: string) {
  const sent: [string, string, unknown][] = [];
  const note = async ({ request }: { request: Request }) => {
    const body = request.method === "DELETE" ? null : await request.json();
    sent.push([request.method, new URL(request.url).pathname, body]);
    if (refusal) return HttpResponse.json({ message: "", plain: refusal }, { status: 400 });
    return request.method === "DELETE" ? new HttpResponse(null, { status: 204 }) : HttpResponse.json(one);
  };
  hub.use(
    http.get("*/hub/api/announcements", () => HttpResponse.json({ items })),
    http.post("*/hub/api/announcements", note),
    http.patch("*/hub/api/announcements/7", note),
    http.delete("*/hub/api/announcements/7", note),
  );
  return sent;
}

const open = (scopes = ["announcements"]) => {
  window.history.replaceState(null, "", "/hub/admin/announcements");
  return show("/hub/admin/announcements", { panel: true, scopes });
};

test("lists what is told, to whom, as text with links", async () => {
  board([one]);
  open();
  const item = await screen.findByRole("listitem");
  expect(within(item).getByText("Shown now")).toBeVisible();
  expect(within(item).getByText("Group cs101")).toBeVisible();
  expect(within(item).getByText(/<b>Down<\/b> on Friday/)).toBeVisible();
  expect(within(item).getByRole("link", { name: "https://status.example" })).toHaveAttribute(
    "href",
    "https://status.example",
  );
});

test("a teacher is offered their group, and not everybody", async () => {
  const sent = board([]);
  const { person } = open(["announcements!group=cs101"]);
  await person.click(await screen.findByRole("button", { name: "New announcement" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.queryByRole("option", { name: "Everybody" })).toBeNull();
  await person.type(dialog.getByLabelText("Message"), "No class today");
  await person.click(dialog.getByRole("button", { name: "Announce" }));
  await waitFor(() => expect(sent[0]?.[2]).toMatchObject({ text: "No class today", group: "cs101" }));
});

test("announces something, with a preview", async () => {
  const sent = board([]);
  const { person } = open();
  expect(await screen.findByText("Nothing is announced.")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "New announcement" }));
  await person.click(screen.getByRole("button", { name: "Announce" }));
  expect(screen.getByRole("alert")).toHaveTextContent("Say what people are to know.");
  await person.type(screen.getByLabelText("Message"), "The exam is at 9");
  await person.selectOptions(screen.getByLabelText("Level"), "urgent");
  await person.selectOptions(screen.getByLabelText("To"), "group");
  await person.type(screen.getByLabelText("Group"), "cs101");
  const preview = screen.getByRole("region", { name: "How it looks" });
  expect(within(preview).getByText("The exam is at 9")).toBeVisible();
  expect(within(preview).getByText("Urgent")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Announce" }));
  const body = { level: "urgent", text: "The exam is at 9", group: "cs101", from: null, until: null };
  await waitFor(() => expect(sent).toEqual([["POST", "/hub/api/announcements", body]]));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("keeps what was typed where the hub refuses it", async () => {
  board([one], "There is no group cs102");
  const { person } = open();
  await person.click(await screen.findByRole("button", { name: /^Edit: / }));
  await person.clear(screen.getByLabelText("Group"));
  await person.type(screen.getByLabelText("Group"), "cs102");
  await person.click(screen.getByRole("button", { name: "Save Changes" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("There is no group cs102");
  expect(screen.getByLabelText("Group")).toHaveValue("cs102");
});

test("deletes one after a question", async () => {
  const sent = board([one]);
  const { person } = open();
  await person.click(await screen.findByRole("button", { name: /^Delete: / }));
  const dialog = screen.getByRole("dialog", { name: "Delete this announcement?" });
  await person.click(within(dialog).getByRole("button", { name: "Keep it" }));
  expect(sent).toEqual([]);
  await person.click(screen.getByRole("button", { name: /^Delete: / }));
  await person.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(sent).toEqual([["DELETE", "/hub/api/announcements/7", null]]));
});
