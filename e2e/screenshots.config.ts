import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.ts";

/** Takes the pictures of the documentation: `make screenshots`. */
export default defineConfig({
  ...tests,
  testIgnore: [],
  testMatch: ["browser/screenshots.spec.ts", "browser/guide.spec.ts"],
  workers: 1,
  use: { ...tests.use, viewport: { width: 1120, height: 700 }, deviceScaleFactor: 1, trace: "off" },
});
