import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { hubPages } from "./dev.ts";

// `npm run dev` shows the pages of a hub that runs already, with the sources from here.
const hub = process.env.ATRIUM_DEV_HUB ?? "http://127.0.0.1:8000";

export default defineConfig({
  // Paths stay relative to the file that names them: the hub may be served anywhere.
  base: "./",
  plugins: [react(), hubPages(hub)],
  build: {
    target: ["chrome111", "firefox114", "safari16.4"],
    manifest: true,
    emptyOutDir: false, // scripts/clean.mjs empties it but for the placeholder that is in the repository
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: "src/main.tsx" },
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: {
      "/hub": { target: hub, ws: true },
      "/user": { target: hub, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/testing/setup.ts"],
    testTimeout: 30_000,
    css: false,
  },
});
