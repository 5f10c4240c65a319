import { expect, test } from "vitest";
import { readData } from "./data";

test("reads what the shell page holds, and does without what it doesn't", () => {
  const page = new DOMParser().parseFromString(
    `<script type="application/json" id="atrium-data">{"user": "alice", "xsrf": "\\u003c/script\\u003e", "namedLimit": 3}</script>`,
    "text/html",
  );
  expect(readData(page)).toMatchObject({ user: "alice", xsrf: "</script>", namedLimit: 3, hub: "/hub/", admin: false });
});

test("stands a page without data", () => {
  expect(readData(new DOMParser().parseFromString("<p>", "text/html")).user).toBe("");
});
