import { describe, expect, test } from "vitest";
import {
  addressFaults,
  firstView,
  listQuery,
  parseSearch,
  readView,
  toggleWord,
  type View,
  wordFor,
  writeView,
} from "./query";

describe("a search", () => {
  test.each([
    ["", {}],
    ["  aup ", { name: "aup" }],
    ["group:cs101 server:running aup", { group: "cs101", server: "running", name: "aup" }],
    ['group:"our lab" admin:yes', { group: "our lab", admin: true }],
    ["admin:no state:must-change", { admin: false, account: "must_change" }],
    ["ACTIVE:<7d", { seen_within: "7d" }],
    ["active:>180d active:<52w", { unseen_for: "180d", seen_within: "52w" }],
    ["active:never", { never_seen: true }],
    ["group:", {}], // it is being typed
  ])("%s", (text, filter) => expect(parseSearch(text)).toEqual({ filter, faults: [] }));

  test.each([
    ["grup:cs101", { kind: "key", word: "grup:cs101" }],
    ["server:on", { kind: "value", word: "server:on", allowed: ["running", "pending", "failed", "stopped"] }],
    ["active:7d", { kind: "value", word: "active:7d", allowed: ["<7d", ">180d", "never"] }],
    [
      "state:tired",
      { kind: "value", word: "state:tired", allowed: ["unclaimed", "must-change", "suspended", "dormant"] },
    ],
    ["admin:yes admin:no", { kind: "twice", word: "admin:no" }],
    ["active:never active:never", { kind: "twice", word: "active:never" }],
    ["one two", { kind: "twice", word: "two" }],
    ["admin:__proto__", { kind: "value", word: "admin:__proto__", allowed: ["yes", "no"] }],
  ])("says what means nothing in %s", (text, fault) => expect(parseSearch(text).faults[0]).toEqual(fault));

  test("of 10,000 characters is read to where it means something", () => {
    expect(parseSearch("x".repeat(10_000)).filter.name).toHaveLength(500);
  });

  test("gets a chip, another one in its place, and loses it", () => {
    let text = toggleWord("aup", "server:running");
    expect(text).toBe("aup server:running");
    text = toggleWord(text, "server:failed");
    expect(text).toBe("aup server:failed");
    expect(toggleWord(text, "server:failed")).toBe("aup");
    expect(wordFor("group", "our lab")).toBe('group:"our lab"');
  });
});

describe("the address of a view", () => {
  test("is short, and gives the view again", () => {
    const view: View = { search: "group:a b", onlyActive: true, sort: "server", descending: true, page: 3, size: 20 };
    expect(readView(writeView(view))).toEqual(view);
    expect(writeView(firstView).toString()).toBe("");
  });

  test.each(["sort=shoe&page=-3&size=7", "page=x&sort=-", "sort=__proto__&page=1e99"])(
    "that has no meaning any more is as at first: %s",
    (query) => expect({ ...readView(new URLSearchParams(query)), descending: false }).toEqual(firstView),
  );

  test.each([
    ["q=anything&active=1&sort=-server&page=2&size=20&user=ann", []],
    ["sort=quota", [{ kind: "sort", word: "quota" }]],
    [
      "sort=-__proto__&page=1e99",
      [
        { kind: "sort", word: "-__proto__" },
        { kind: "page", word: "1e99" },
      ],
    ],
    [
      "size=7&active=yes",
      [
        { kind: "part", word: "size=7" },
        { kind: "part", word: "active=yes" },
      ],
    ],
    ["toString=1", [{ kind: "part", word: "toString=1" }]],
    [`page=${"9".repeat(10_000)}`, [{ kind: "page", word: `${"9".repeat(40)}…` }]],
  ])("says what of it means nothing: %s", (query, faults) =>
    expect(addressFaults(new URLSearchParams(query))).toEqual(faults),
  );

  test("the column of quotas is one for who sees it", () => {
    expect(addressFaults(new URLSearchParams("sort=-quota"), true)).toEqual([]);
    expect(addressFaults(new URLSearchParams("sort=quotas"), true)).toHaveLength(1);
  });

  test("becomes the hub's query", () => {
    const query = listQuery({
      ...firstView,
      search: "aup group:x admin:no",
      onlyActive: true,
      page: 2,
      descending: true,
    });
    expect(query).toBe(
      "include_stopped_servers=1&name_filter=aup&group=x&admin=false&state=active&sort=-name&offset=50&limit=50&include_quota=1",
    );
  });
});
