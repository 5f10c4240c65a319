import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test, vi } from "vitest";
import type { AuditEntry } from "../../api/audit";
import { hub } from "../../testing/hub";
import { show } from "../../testing/render";

const entry = (id: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  id,
  at: new Date().toISOString(),
  request_id: `request-${id}`,
  job: null,
  actor: { kind: "user", name: "root" },
  address: "192.0.2.7",
  action: "user.change",
  target: { kind: "user", name: "ann" },
  before: { admin: false },
  after: { admin: true },
  ...more,
});

/** A hub with such entries; what it is asked for. */
function log(items: AuditEntry[], next: number | null = null) {
  const asked: URLSearchParams[] = [];
  hub.use(
    http.get("*/hub/api/audit", ({ request }) => {
      if (request.headers.get("Accept") === "text/csv") return HttpResponse.text("time,actor\n");
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json({ items, next: next && { before: next } });
    }),
  );
  return asked;
}

const open = (query = "") => {
  window.history.replaceState(null, "", `/hub/admin/audit${query}`);
  return show("/hub/admin/audit", { panel: true, scopes: ["read:audit"] });
};

test("shows who did what to whom, and what changed", async () => {
  log([
    entry(9),
    entry(8, { action: "odd.thing", target: { kind: "group", name: "<b>x</b>" }, before: null, after: null }),
  ]);
  const { person } = open();
  const row = await screen.findByRole("row", { name: /root changed ann/ });
  expect(within(row).getByText("192.0.2.7")).toBeVisible();
  expect(screen.getByRole("row", { name: /root odd\.thing Group <b>x<\/b>/ })).toBeVisible();
  await person.click(within(row).getByRole("button", { name: "Details of: root changed ann" }));
  const field = screen.getByRole("row", { name: "admin false true" });
  expect(field).toBeVisible();
  expect(screen.getByText("request-9")).toBeVisible();
});

test("filters stand in the address, and lead to their own first page", async () => {
  const asked = log([entry(9)], 9);
  const { person } = open("?before=20");
  await person.type(await screen.findByLabelText("Who"), "root");
  await person.selectOptions(screen.getByLabelText("What"), "user.");
  await person.selectOptions(screen.getByLabelText("Kind"), "user");
  await person.click(screen.getByRole("button", { name: "Show" }));
  expect(screen.getByRole("button", { name: "Show" })).toHaveFocus();
  await waitFor(() => expect(asked.at(-1)?.toString()).toBe("actor=root&action=user.&target_kind=user"));
  expect(window.location.search).toBe("?actor=root&action=user.&kind=user");
  await person.click(screen.getByRole("button", { name: "Older entries" }));
  await waitFor(() => expect(asked.at(-1)?.get("before")).toBe("9"));
  await person.click(screen.getByRole("button", { name: "Newest entries" }));
  await waitFor(() => expect(asked.at(-1)?.has("before")).toBe(false));
  await person.click(screen.getByRole("button", { name: "Show everything" }));
  expect(screen.getByLabelText("Who")).toHaveValue("");
  expect(screen.getByRole("button", { name: "Show" })).toHaveFocus();
});

test("an entry leads to all of its batch", async () => {
  const asked = log([entry(9, { job: 3 })]);
  const { person } = open();
  await person.click(await screen.findByRole("button", { name: /^Details of/ }));
  await person.click(screen.getByRole("button", { name: "All of this batch" }));
  await waitFor(() => expect(asked.at(-1)?.toString()).toBe("job=3"));
  await person.click(screen.getByRole("button", { name: "Show all requests" }));
  await waitFor(() => expect(asked.at(-1)?.toString()).toBe(""));
});

test("says when nothing matches, and how to see everything", async () => {
  log([]);
  const { person } = open("?actor=nobody");
  expect(await screen.findByText("No entry matches.")).toBeVisible();
  await person.click(
    within(screen.getByRole("main")).getAllByRole("button", { name: "Show everything" })[0] as HTMLElement,
  );
  expect(window.location.search).toBe("");
  expect(await screen.findByText(/Nothing has been changed yet/)).toBeVisible();
});

test("is handed over as a file", async () => {
  log([entry(9)]);
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
  const made = vi.fn<(file: Blob) => string>(() => "blob:file");
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: made, revokeObjectURL: () => undefined }));
  const { person } = open();
  await person.click(await screen.findByRole("button", { name: "Download as CSV" }));
  await waitFor(() => expect(clicked).toHaveBeenCalled());
  expect(await made.mock.calls[0]?.[0].text()).toBe("time,actor\n");
});

test("says why it can't be shown", async () => {
  hub.use(http.get("*/hub/api/audit", () => HttpResponse.json({ message: "The database is busy" }, { status: 503 })));
  open();
  expect(await screen.findByRole("alert")).toHaveTextContent("The audit log can't be shown.");
  expect(screen.getByRole("button", { name: "Try again" })).toBeVisible();
});

test("what widens the list hands the focus on before it goes", async () => {
  log([]);
  const { person } = open("?actor=nobody&request=abc");
  await person.click(await screen.findByRole("button", { name: "Show all requests" }));
  expect(screen.getByLabelText("Who")).toHaveFocus();
  const card = (await screen.findByText("No entry matches.")).parentElement as HTMLElement;
  await person.click(within(card).getByRole("button", { name: "Show everything" }));
  expect(screen.getByLabelText("Who")).toHaveFocus();
});
