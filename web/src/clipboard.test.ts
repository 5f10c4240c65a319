import { afterEach, expect, test, vi } from "vitest";
import { copyText } from "./clipboard";

afterEach(() => vi.unstubAllGlobals());

test("copies by the clipboard where there is one", async () => {
  const writeText = vi.fn(async () => undefined);
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  expect(await copyText("secret")).toBe(true);
  expect(writeText).toHaveBeenCalledWith("secret");
});

test("copies what it selects where there is none, as over plain HTTP", async () => {
  vi.stubGlobal("navigator", {});
  let copied = "";
  document.execCommand = () => {
    copied = document.querySelector("textarea")?.value ?? "";
    return true;
  };
  expect(await copyText("secret")).toBe(true);
  expect(copied).toBe("secret");
  expect(document.querySelector("textarea")).toBeNull();
});

test("says so where neither works", async () => {
  vi.stubGlobal("navigator", {});
  document.execCommand = () => {
    throw new Error("not allowed");
  };
  expect(await copyText("secret")).toBe(false);
});
