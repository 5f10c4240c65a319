import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { type Answer, again, keyOf, status, wordsFor } from "../../jupyterlab/src/hub";

const at = (time: string) => `2026-12-01T${time}Z`;
const now = Date.parse(at("12:00:00"));

function answer(fields: Partial<Answer>): Answer {
  return {
    user: "ann",
    viewer: "ann",
    home: "/hub/home",
    now: at("12:00:00"),
    ends_at: null,
    quota: null,
    notices: [],
    announcements: [],
    ...fields,
  };
}

test("what JupyterLab loads is made of its source", () => {
  execFileSync(process.execPath, ["../jupyterlab/build.mjs", "--check"], { stdio: "pipe" });
}, 60_000);

test("JupyterLab's status bar says what is left, and whose server it is", () => {
  const say = wordsFor("en-GB");
  const said = (fields: Partial<Answer>) => status(answer(fields), now, say).text;
  expect(said({})).toBe("");
  expect(said({ viewer: "boss" })).toBe("Server of ann");
  expect(said({ ends_at: at("13:29:01") })).toBe("1 h 30 min left");
  expect(said({ ends_at: at("11:59:00") })).toBe("0 min left");
  const quota = { unlimited: false, balance: 1, ends_at: at("12:01:00"), stops_at: at("12:03:00") };
  expect(said({ quota, ends_at: at("12:10:00") })).toBe("10 min left · 1 credit");
  expect(said({ quota: { ...quota, unlimited: true } })).toBe("");
  expect(status(answer({ viewer: "boss", quota: { ...quota, balance: 7 } }), now, wordsFor("de-CH")).text).toBe(
    "Server von ann · 7 Guthaben",
  );
});

test("JupyterLab asks once a minute, and when something comes to pass", () => {
  expect(again(answer({}))).toBe(60_000);
  expect(again(answer({ ends_at: at("12:30:10") }))).toBe(11_000);
  expect(again(answer({ ends_at: at("12:20:10") }))).toBe(60_000);
  expect(again(answer({ ends_at: at("11:00:00") }))).toBe(60_000);
  const quota = { unlimited: false, balance: 1, ends_at: at("11:59:00"), stops_at: at("12:00:02") };
  expect(again(answer({ quota }))).toBe(5_000);
});

test("a notice is another one where its end has moved", () => {
  const notice = { kind: "time_limit", minutes: 15, grace: false, ends_at: at("12:15:00"), message: "" };
  expect(keyOf(notice)).not.toBe(keyOf({ ...notice, ends_at: at("12:45:00") }));
});
