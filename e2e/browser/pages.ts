import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "@playwright/test";
import { expect, logIn } from "./fixtures.ts";
import type { Hub } from "./hub.ts";

/** The hubs that have all pages between them. */
export interface Hubs {
  /** Lets everybody in with the shared password. */
  hub: Hub;
  /** Keeps people's passwords. */
  native: Hub;
  /** Has quotas and profiles. */
  charged: Hub;
}

/** A page of the hub in one of its states. */
export interface View {
  name: string;
  /** The template that it is made from. */
  template: string;
  scripts?: false;
  /** Leads there. */
  open(page: Page, hubs: Hubs): Promise<void>;
}

const templates = join(import.meta.dirname, "..", "..", "internal", "httpapi", "pages", "templates");

/** The templates of all pages that the hub has. */
export function allTemplates(): string[] {
  return readdirSync(templates)
    .map((file) => file.replace(/\.html$/, ""))
    .filter((name) => name !== "layout")
    .sort();
}

const heading = (page: Page, name: string | RegExp) =>
  expect(page.getByRole("heading", { name }).first()).toBeVisible();

/** Starts somebody's default server, unless it runs from another view. */
async function running(hub: Hub, name: string): Promise<void> {
  await hub.person(name);
  const { status } = await hub.api("POST", `/users/${name}/server`);
  expect([201, 400]).toContain(status);
}

/** Logs somebody in whose default server runs, and who has a stopped one beside it. */
async function withServers(page: Page, hub: Hub, name: string): Promise<void> {
  await running(hub, name);
  await hub.api("POST", `/users/${name}/servers/thesis`);
  await hub.api("DELETE", `/users/${name}/servers/thesis`);
  await logIn(page, hub, name);
}

export const views: View[] = [
  {
    name: "audit",
    template: "app",
    open: async (page, { hub }) => {
      await hub.person("audit-view");
      await logIn(page, hub, "admin", "/hub/admin/audit?target=audit-view");
      await page
        .getByRole("button", { name: /^Details of/ })
        .first()
        .click();
      await heading(page, "Audit");
    },
  },
  {
    name: "dashboard",
    template: "app",
    open: async (page, { hub }) => {
      await running(hub, "dash-view");
      await logIn(page, hub, "admin", "/hub/admin/dashboard");
      await expect(page.getByRole("img", { name: /starts?,/ })).toBeVisible();
      await expect(page.getByRole("link", { name: /^Servers running: [1-9]/ })).toBeVisible();
    },
  },
  {
    name: "groups",
    template: "app",
    open: async (page, { hub }) => {
      await hub.person("group-view");
      await hub.api("POST", "/groups", { groups: ["group-view"] });
      await hub.api("POST", "/groups/group-view/users", { users: ["group-view"] });
      await logIn(page, hub, "admin", "/hub/admin/groups?q=group-view&group=group-view");
      await expect(page.getByRole("link", { name: "group-view" })).toBeVisible();
    },
  },
  {
    name: "roles",
    template: "app",
    open: async (page, { hub }) => {
      await hub.person("role-view");
      await hub.api("POST", "/groups/role-view");
      await hub.api("POST", "/roles/teacher/users", { user: "role-view", group: "role-view" });
      await logIn(page, hub, "admin", "/hub/admin/roles");
      await expect(page.getByText("role-view is the teacher of role-view")).toBeVisible();
    },
  },
  {
    name: "users",
    template: "app",
    open: async (page, { hub }) => {
      await running(hub, "panel-view");
      await logIn(page, hub, "admin", "/hub/admin/users?q=panel-view");
      await page.getByLabel("Select panel-view").check();
      await expect(page.getByText("1 selected")).toBeVisible();
    },
  },
  {
    name: "users created",
    template: "app",
    open: async (page, { hub }) => {
      await logIn(page, hub, "admin", "/hub/admin/users");
      await page.getByRole("button", { name: "Create Users" }).click();
      await page.getByRole("dialog").getByLabel("Usernames").fill("panel-new");
    },
  },
  {
    name: "user edited",
    template: "app",
    open: async (page, { hub }) => {
      await hub.person("panel-edit");
      await logIn(page, hub, "admin", "/hub/admin/users?user=panel-edit");
      await page.getByRole("button", { name: "Edit User" }).click();
    },
  },
  {
    name: "users with quotas",
    template: "app",
    open: async (page, { charged }) => {
      await charged.person("quota-view");
      await logIn(page, charged, "admin", "/hub/admin/users?q=quota-view");
      await page.getByRole("button", { name: /^Change the quota of quota-view/ }).click();
      await expect(page.getByLabel("Quota of quota-view")).toBeFocused();
    },
  },
  {
    name: "quota set",
    template: "app",
    open: async (page, { charged }) => {
      await charged.person("quota-view");
      await logIn(page, charged, "admin", "/hub/admin/users?q=quota-view");
      await page.getByLabel("Select quota-view").check();
      await page.getByRole("button", { name: "Set Quota" }).click();
      await page.getByRole("textbox", { name: "Credits" }).fill("50");
      await expect(page.getByText("has 90 credits now, and would have 50")).toBeVisible();
    },
  },
  {
    name: "quota rules",
    template: "app",
    open: async (page, { charged }) => {
      await logIn(page, charged, "admin", "/hub/admin/quota");
      await page.getByRole("button", { name: "What would it do? monthly" }).click();
      await expect(page.getByText(/^It would change/)).toBeVisible();
    },
  },
  {
    name: "quota",
    template: "app",
    open: async (page, { charged }) => {
      await charged.person("quota-own");
      await charged.cloud("POST", "/quota/quota-own", {
        action: "add",
        amount: 5,
        description: "For the project week",
      });
      await logIn(page, charged, "quota-own", "/hub/quota");
      await expect(page.getByText("For the project week").first()).toBeVisible();
    },
  },
  {
    name: "start with a profile",
    template: "start",
    open: async (page, { charged }) => {
      await charged.person("quota-start");
      await logIn(page, charged, "quota-start", "/hub/spawn");
      await expect(page.getByText("90 credits are left.")).toBeVisible();
      await expect(page.getByText("Not enough is left: a start takes 100 credits.")).toBeVisible();
    },
  },
  {
    name: "login",
    template: "login",
    open: async (page, { native }) => {
      await page.goto(`${native.url}/hub/login`);
    },
  },
  {
    name: "login refused",
    template: "login",
    open: async (page, { native }) => {
      await logIn(page, native, "nobody");
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "first password",
    template: "claim",
    open: async (page, { native }) => {
      await native.person("newcomer");
      await page.goto(`${native.url}/hub/login`);
      await page.getByLabel("Username").fill("newcomer");
      await page.getByLabel("Password", { exact: true }).fill("seven brown foxes");
      await page.getByRole("button", { name: "Log in" }).click();
      await heading(page, "Set your password");
    },
  },
  {
    name: "change password",
    template: "password",
    open: async (page, { hub }) => {
      await logIn(page, hub, "admin", "/hub/change-password");
      await heading(page, "Change password");
    },
  },
  {
    name: "account",
    template: "account",
    open: async (page, { native }) => {
      await logIn(page, native, "admin", "/hub/account");
      await heading(page, "Account");
    },
  },
  {
    name: "home",
    template: "app",
    open: async (page, { hub }) => {
      await withServers(page, hub, "viewer");
      await expect(page.getByRole("link", { name: "Open Default server" })).toBeVisible();
    },
  },
  {
    name: "home asking",
    template: "app",
    open: async (page, { hub }) => {
      await withServers(page, hub, "viewer");
      await page.getByRole("button", { name: "Stop Default server" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
    },
  },
  {
    name: "home failed",
    template: "app",
    open: async (page, { hub }) => {
      await hub.person("failing");
      await logIn(page, hub, "failing", "/hub/spawn");
      await heading(page, /could not start/);
      await page.goto(`${hub.url}/hub/home`);
      await expect(page.getByRole("link", { name: /^Details/ })).toBeVisible();
    },
  },
  {
    name: "home out of reach",
    template: "app",
    open: async (page, { hub }) => {
      await hub.person("viewer");
      await page.route("**/hub/api/users/**", (route) => route.abort());
      await logIn(page, hub, "viewer");
      await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
    },
  },
  {
    name: "home logged out",
    template: "app",
    open: async (page, { hub }) => {
      await hub.person("viewer");
      await page.route("**/hub/api/users/**", (route) =>
        route.fulfill({ status: 403, json: { message: "Missing or invalid credentials." } }),
      );
      await logIn(page, hub, "viewer");
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "home without scripts",
    template: "app",
    scripts: false,
    open: async (page, { hub }) => {
      await withServers(page, hub, "viewer");
      await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
    },
  },
  {
    name: "start",
    template: "start",
    open: async (page, { hub }) => {
      await hub.person("starter");
      await logIn(page, hub, "starter", "/hub/spawn?opt-note=1"); // options in a link need a click
      await expect(page.getByRole("button", { name: "Start" })).toBeVisible();
    },
  },
  {
    name: "starting",
    template: "starting",
    open: async (page, { hub }) => {
      await hub.person("slow");
      await logIn(page, hub, "slow", "/hub/spawn");
      await expect(page.getByRole("progressbar")).toBeVisible();
      await expect(page.getByText(/process started/).first()).toBeVisible();
    },
  },
  {
    name: "could not start",
    template: "starting",
    open: async (page, { hub }) => {
      await hub.person("failing");
      await logIn(page, hub, "failing", "/hub/spawn");
      await heading(page, /could not start/);
      await page.getByText("What the server wrote last").click();
    },
  },
  {
    name: "not running",
    template: "notrunning",
    open: async (page, { hub }) => {
      await hub.person("stopped");
      await logIn(page, hub, "stopped", "/user/stopped/lab");
      await heading(page, /is not running/);
    },
  },
  {
    name: "tokens",
    template: "token",
    open: async (page, { hub }) => {
      await hub.person("keeper");
      await logIn(page, hub, "keeper", "/hub/token");
      await page.getByLabel("Note").fill("a script");
      await page.getByRole("button", { name: /token$/ }).click();
      await expect(page.getByRole("status")).toContainText("not shown again");
    },
  },
  {
    name: "allow access",
    template: "confirm",
    open: async (page, { hub }) => {
      await hub.person("viewer");
      await hub.api("POST", "/services/gallery", {
        oauth_client_id: "service-gallery",
        oauth_redirect_uri: "https://gallery.example.org/callback",
        api_token: "token-of-the-gallery",
        oauth_client_allowed_scopes: ["read:users!user", "servers!user"],
      });
      await logIn(page, hub, "admin", "/hub/api/oauth2/authorize?client_id=service-gallery&response_type=code&state=x");
      await expect(page.getByRole("button", { name: "Allow" })).toBeVisible();
    },
  },
  {
    name: "shared with you",
    template: "share",
    open: async (page, { hub }) => {
      await running(hub, "viewer");
      const { body } = await hub.api("POST", "/share-codes/viewer/");
      const { code } = body as { code: string };
      await hub.person("guest");
      await logIn(page, hub, "guest", `/hub/accept-share?code=${code}`);
      await expect(page.getByRole("button", { name: "Accept" })).toBeVisible();
    },
  },
  {
    name: "nothing here",
    template: "error",
    open: async (page, { hub }) => {
      await hub.person("viewer");
      await logIn(page, hub, "viewer", "/hub/nothing");
      await heading(page, "There is nothing here");
    },
  },
  {
    name: "not for you",
    template: "error",
    open: async (page, { hub }) => {
      await hub.person("hermit");
      await hub.person("stranger");
      await logIn(page, hub, "stranger", "/user/hermit/lab");
      await heading(page, "There is nothing here");
      await expect(page.getByText("ask hermit to share it")).toBeVisible();
    },
  },
  {
    name: "in a frame",
    template: "framed",
    open: async (page, { hub }) => {
      // As the page of another site has it in a frame; by itself here, for what it shows.
      const headers = { "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site" };
      await page.route("**/hub/token", async (route) =>
        route.fulfill({ response: await page.request.get(`${hub.url}/hub/token`, { headers }) }),
      );
      await page.goto(`${hub.url}/hub/token`);
      await heading(page, "Open this in a new tab");
    },
  },
];

/** Opens a view in a browser that knows nothing yet, and calls `look` with it. */
export async function visit(
  browser: Browser,
  hubs: Hubs,
  view: View,
  options: BrowserContextOptions,
  look: (page: Page, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ ...options, javaScriptEnabled: view.scripts !== false });
  try {
    const page = await context.newPage();
    await view.open(page, hubs);
    await look(page, context);
  } finally {
    await context.close();
  }
}
