import { expect, test } from "vitest";
import { randomPassword } from "./password";

test("random passwords are long, of every kind, and none is like another", () => {
  const made = Array.from({ length: 500 }, () => randomPassword());
  for (const password of made) {
    expect(password).toMatch(/^[a-zA-Z]/);
    expect(password).toHaveLength(16);
    for (const kind of [/[a-z]/, /[A-Z]/, /[2-9]/, /[-_+=%]/]) expect(password).toMatch(kind);
    expect(password).not.toMatch(/[0O1lI]/);
  }
  expect(new Set(made).size).toBe(made.length);
  expect(randomPassword(40)).toHaveLength(40);
});
