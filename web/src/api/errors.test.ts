import { describe, expect, test } from "vitest";
import { failureOf, type Refusal, unreachable } from "./errors";

const refusal = (status: number, message: string, more: Partial<Refusal> = {}) =>
  failureOf({ status, message, plain: "", requestId: "R1", retryAfter: null, ...more });

// What the API is known to say, by its status.
const known: [number, string, string][] = [
  [400, "ann/lab is pending stop", "The hub could not do this as things are."],
  [400, "Cannot delete the default server", "The hub could not do this as things are."],
  [400, "Invalid JSON in body of request", "The hub could not do this as things are."],
  [401, "Unauthorized", "Your session ended."],
  [403, "Missing or invalid credentials.", "Your session ended."],
  [403, "Log in first", "Your session ended."],
  [403, "XSRF cookie does not match DELETE argument", "This page is out of date."],
  [403, "'_xsrf' argument missing from DELETE", "This page is out of date."],
  [403, "Action is not authorized with current scopes; requires any of [delete:servers]", "You may not do this."],
  [403, "Forbidden", "You may not do this."],
  [404, "No access to resources or resources not found", "It is not there any more."],
  [404, "ann has no server named 'lab'", "It is not there any more."],
  [409, "ann/lab was changed by somebody else. Try again.", "Somebody else changed it at the same time."],
  [413, "The request's body is larger than 1048576 bytes", "That is more than the hub takes at once."],
  [424, "JupyterHub server no longer running at /user/ann/. Restart the server at …", "The hub could not do this"],
  [
    429,
    "Too many progress streams of this start are open: at most 20. Close some.",
    "That was too much in a short time.",
  ],
  [500, "Internal Server Error", "Something failed on the hub."],
  [502, "", "The hub is not available right now."],
  [503, "the database is not available", "The hub is not available right now."],
  [504, "<html>504 Gateway Time-out</html>", "The hub is not available right now."],
  [507, "Insufficient Storage", "The hub's disk is full."],
];

const jargon =
  /resource|scope|spawn|pending|json|xsrf|credential|argument|authori[sz]ed|internal|bytes|gateway|stream|\b[345]\d\d\b/i;

describe("people read no API message", () => {
  test.each(known)("%d %s", (status, message, words) => {
    const error = refusal(status, message);
    expect(error.message).toContain(words);
    expect(error.message).not.toMatch(jargon);
    expect(error.message).toMatch(/(again|ask|tell|send less)[^.]*\.$/i); // what to do comes last
    expect(error).toMatchObject({ status, requestId: "R1" });
  });

  test("nor of a hub that does not answer", () => {
    expect(unreachable().message).toBe("The hub did not answer. Check your connection, then try again.");
  });
});

test("the hub's words for people come first where it has some", () => {
  const plain = "The default server cannot be deleted. Stop it instead.";
  expect(refusal(400, "Cannot delete the default server", { plain }).message).toBe(plain);
  expect(refusal(503, "x", { plain })).toMatchObject({ kind: "hub", message: plain });
});

test.each([
  ["30", "Try again in 30 seconds."],
  ["1", "Try again in 1 second."],
  ["600", "Try again in 10 minutes."],
  ["soon", "Try again in a moment."],
  [null, "Try again in a moment."],
])("a wait of %s is said in words", (retryAfter, words) => {
  expect(refusal(429, "x", { retryAfter }).message).toBe(`That was too much in a short time. ${words}`);
  expect(refusal(503, "x", { retryAfter }).message).toBe(`The hub is not available right now. ${words}`);
});
