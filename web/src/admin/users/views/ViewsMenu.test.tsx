import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { SavedView } from "../../../api/views";
import { hub } from "../../../testing/hub";
import { show } from "../../../testing/render";
import { firstView } from "../query";
import { mayBeName, queryOf } from "./saved";

const savedView = (name: string, query: string): SavedView => ({ name, query, changed: "2026-03-01T00:00:00Z" });

/** A hub that lists `total` people, the first page of them alone, and keeps views. */
function viewsOf(list: SavedView[], total = 1): { views: Map<string, SavedView>; refuse: boolean } {
  const kept = { views: new Map(list.map((v) => [v.name, v])), refuse: false };
  const refused = () => HttpResponse.json({ message: "not now", plain: "Not now." }, { status: 409 });
  hub.use(
    http.get("/hub/api/users", ({ request }) => {
      const first = new URL(request.url).searchParams.get("offset") === "0";
      const items = first && total > 0 ? [{ kind: "user", name: "aup01", admin: false, groups: [], servers: {} }] : [];
      return HttpResponse.json({ items, _pagination: { offset: 0, limit: 50, total } });
    }),
    http.get("/hub/api/user/views", () => HttpResponse.json({ views: [...kept.views.values()] })),
    http.put<{ name: string }>("/hub/api/user/views/:name", async ({ request, params }) => {
      if (kept.refuse) return refused();
      const { query } = (await request.json()) as { query: string };
      const view = savedView(params.name, query);
      kept.views.set(view.name, view);
      return HttpResponse.json(view);
    }),
    http.delete<{ name: string }>("/hub/api/user/views/:name", ({ params }) => {
      if (kept.refuse) return refused();
      kept.views.delete(params.name);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return kept;
}

const open = (query = "") => {
  window.history.replaceState(null, "", `/hub/admin/users${query}`);
  return show("/hub/admin/users", { panel: true, scopes: ["list:users"] });
};

test("a view can be saved under a name, and opened again by it", async () => {
  const kept = viewsOf([]);
  const { person } = open("?q=active%3A%3E180d&sort=-last_activity&page=2");
  await person.click(await screen.findByText("Views"));
  expect(await screen.findByText(/not saved a view yet/)).toBeVisible();
  await person.type(screen.getByRole("textbox", { name: "Name of the view" }), " end of term ");
  await person.click(screen.getByRole("button", { name: "Save this view" }));
  expect(await screen.findByText("“end of term” is saved.")).toBeVisible();
  expect(kept.views.get("end of term")?.query).toBe("q=active%3A%3E180d&sort=-last_activity");

  await person.click(screen.getByRole("button", { name: "Clear the search" }));
  await waitFor(() => expect(window.location.search).toBe("?sort=-last_activity"));
  await person.click(screen.getByText("Views"));
  const link = await screen.findByRole("link", { name: "end of term" });
  expect(link).not.toHaveAttribute("aria-current");
  await person.click(link);
  expect(window.location.search).toBe("?q=active%3A%3E180d&sort=-last_activity");
  expect(screen.getByRole("textbox", { name: "Search users" })).toHaveValue("active:>180d");
  await person.click(screen.getByText("Views"));
  expect(await screen.findByRole("link", { name: "end of term" })).toHaveAttribute("aria-current", "page");
  await person.type(screen.getByRole("textbox", { name: "Name of the view" }), "end of term");
  expect(screen.getByRole("button", { name: "Replace this view" })).toBeEnabled();
});

test("a view that was deleted can be had back, and one that could not be saved is told", async () => {
  const kept = viewsOf([savedView("a/b", "q=a"), savedView("term", "q=never")]);
  const { person } = open();
  await person.click(await screen.findByText("Views"));
  const list = await screen.findByRole("list", { name: "Your saved views" });
  await person.click(within(list).getByRole("button", { name: "Delete the view “a/b”" }));
  expect(await screen.findByText("“a/b” is deleted.")).toBeVisible();
  expect([...kept.views.keys()]).toEqual(["term"]);
  kept.refuse = true;
  const undo = screen.getByRole("button", { name: "Undo" });
  expect(undo).toHaveFocus();
  await person.click(undo);
  expect(await screen.findByRole("alert")).toHaveTextContent("The view could not be saved. Not now.");
  kept.refuse = false;
  await person.click(screen.getByRole("button", { name: "Undo" }));
  expect(await screen.findByText("“a/b” is saved.")).toBeVisible();
  expect(kept.views.get("a/b")?.query).toBe("q=a");
});

test("a saved view of a column that no longer exists says so, and stays what it is", async () => {
  const kept = viewsOf([savedView("by quota", "q=quota%3Afull&sort=-quota")]);
  const { person } = open();
  await person.click(await screen.findByText("Views"));
  await person.click(await screen.findByRole("link", { name: "by quota" }));
  expect(await screen.findByText(/There is no column “-quota” to sort by/)).toBeVisible();
  expect(screen.getByText(/“quota:full” is no filter/)).toBeVisible();
  expect(await screen.findByRole("row", { name: /aup01/ })).toBeVisible();
  expect(window.location.search).toBe("?q=quota%3Afull&sort=-quota");
  expect(kept.views.get("by quota")?.query).toBe("q=quota%3Afull&sort=-quota");
});

test("a page that is none says so, and one that is no more leads to the last", async () => {
  viewsOf([], 40);
  const { unmount } = open("?page=-3&size=7");
  expect(await screen.findByText(/“-3” is no page: this is the first one. “size=7” is left out./)).toBeVisible();
  unmount();
  const { person } = open("?page=99");
  expect(await screen.findByText("There is no page 99 any more.")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Show the last page" }));
  expect(await screen.findByRole("row", { name: /aup01/ })).toBeVisible();
  expect(window.location.search).toBe("");
});

test("a view is the search, the filters and the order, and has a name that can stand in an address", () => {
  expect(queryOf({ ...firstView, search: "a&b=c", page: 7 })).toBe("q=a%26b%3Dc");
  expect(["", ".", ".."].some(mayBeName)).toBe(false);
  expect(mayBeName("…")).toBe(true);
});
