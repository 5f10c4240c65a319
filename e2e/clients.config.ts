import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.ts";

/** Programs made for JupyterHub that are not part of every test run: `make clients`. */
export default defineConfig({
  ...tests,
  testMatch: "clients/more/*.spec.ts",
  timeout: 150_000,
});
