import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.ts";

/** Measures the panel in the browser: `make bench-panel`. Figures are printed, and nothing is asserted of them. */
export default defineConfig({
  ...tests,
  testMatch: "figures/*.spec.ts",
  testIgnore: [],
  workers: 1,
  timeout: 45 * 60_000,
  expect: { timeout: 120_000 },
  use: { ...tests.use, trace: "off" },
});
