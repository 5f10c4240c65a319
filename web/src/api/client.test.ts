import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { hub } from "../testing/hub";
import { createApi } from "./client";

/** A hub that takes the token "new" alone, whose pages are `user`'s; which tokens came, and how often a page was read. */
function renewed(user: string, token = "new") {
  const told = { tokens: [] as (string | null)[], pages: 0 };
  hub.use(
    http.get("*/", () => {
      told.pages++;
      const data = JSON.stringify({ user, xsrf: token });
      return HttpResponse.html(`<script type="application/json" id="atrium-data">${data}</script>`);
    }),
    http.post("*/hub/api/groups", async ({ request }) => {
      const sent = request.headers.get("X-XSRFToken");
      told.tokens.push(sent);
      if (sent === "new") return HttpResponse.json(await request.json());
      return HttpResponse.json({ message: "XSRF cookie does not match POST argument" }, { status: 403 });
    }),
  );
  return told;
}

const make = () => createApi({ hub: "/hub/", user: "alice", xsrf: "old" });
const body = { groups: ["lab"] };

test("who logged in again in another tab goes on where they were", async () => {
  const told = renewed("alice");
  const api = make();
  const both = await Promise.all([api.call("POST", "groups", { body }), api.call("POST", "groups", { body })]);
  expect(both).toEqual([body, body]);
  expect(told.pages).toBe(1);
  await api.call("POST", "groups", { body });
  expect(told.tokens).toEqual(["old", "old", "new", "new", "new"]);
  expect(api.stream("events")).toBe("/hub/api/events?_xsrf=new");
});

test.each([
  ["somebody else", "bob", "new"],
  ["nobody", "", "new"],
])("nothing is done as %s who is logged in now", async (_, user, token) => {
  const told = renewed(user, token);
  await expect(make().call("POST", "groups", { body })).rejects.toMatchObject({ kind: "stale" });
  expect(told.tokens).toEqual(["old"]);
});

test("a call is repeated once", async () => {
  const told = renewed("alice", "odd");
  await expect(make().call("POST", "groups", { body })).rejects.toMatchObject({ kind: "stale" });
  expect(told.tokens).toEqual(["old", "odd"]);
});
