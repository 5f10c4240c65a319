import { expect, expectAccessible, logIn, test } from "./fixtures.ts";
import { Hub, trivial } from "./hub.ts";

const profiles = [
  { slug: "small", display_name: "Small machine", description: "For everybody", icon: "🐍" },
  {
    slug: "lab",
    display_name: "Lab of CS101",
    groups: ["cs101"],
    profile_options: {
      size: { display_name: "Size", choices: { normal: { display_name: "Normal" }, large: { display_name: "Large" } } },
      branch: {
        display_name: "Branch",
        choices: { main: { display_name: "The published one" } },
        unlisted_choice: {
          enabled: true,
          display_name: "Its name",
          validation_regex: "[a-z]+",
          validation_message: "Small letters",
          kubespawner_override: { environment: { BRANCH: "{value}" } },
        },
      },
    },
  },
  { slug: "staff", display_name: "Staff machine", users: ["someone"] },
];
const top = { profiles, groups: { cs101: { users: ["bob"] } } };

let hub: Hub;
test.beforeAll(async () => {
  hub = await Hub.start(trivial(), undefined, undefined, { top });
});
test.afterAll(() => hub.stop());

/** What the person's server was asked for with. */
const serverOf = async (name: string) => {
  const { body } = await hub.api("GET", `/users/${name}`);
  return (body as { servers: Record<string, { profile?: string; user_options: object }> }).servers[""];
};

test("G20: somebody chooses a profile with its options, and the panel shows it", async ({ page }) => {
  await logIn(page, hub, "bob");
  await page.getByRole("button", { name: "Start and open" }).click();
  await expect(page.getByRole("radio")).toHaveCount(2);
  await expect(page.getByText("Staff machine")).toBeHidden();
  await expect(page.getByRole("radio", { name: "Small machine" })).toBeChecked();
  await expect(page.getByLabel("Size")).toBeHidden();
  await expectAccessible(page);
  await page.getByRole("radio", { name: "Lab of CS101" }).press("Space");
  await page.getByLabel("Size").selectOption("Large");
  await expect(page.getByLabel("Its name")).toBeHidden();
  await page.getByLabel("Branch").selectOption("Other…");
  await page.getByLabel("Its name").fill("DEV");
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/start-profiles.png" });
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("alert")).toContainText("Small letters");
  await page.getByLabel("Its name").fill("dev");
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/user\/bob\//);
  expect(await serverOf("bob")).toMatchObject({
    profile: "lab",
    user_options: { profile: "lab", size: "large", "branch--unlisted-choice": "dev" },
  });
  await page.context().clearCookies();
  await logIn(page, hub, "admin", "/hub/admin/users");
  const row = page.getByRole("row", { name: /bob/ });
  await expect(row.getByText("lab")).toBeVisible();
  await row.getByRole("button", { name: "bob", exact: true }).click();
  await expect(page.getByRole("dialog").getByText("Profile: lab")).toBeVisible();
});

test("G20: a link starts what it names after one click", async ({ page }) => {
  await logIn(page, hub, "carol", "/hub/spawn/carol?profile=small&autostart=1");
  await expect(page.getByText("A link wants to start this.")).toBeVisible();
  await expect(page.getByText("Small machine")).toBeVisible();
  await expectAccessible(page);
  expect((await serverOf("carol"))?.profile).toBeUndefined();
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/\/user\/carol\//);
  expect(await serverOf("carol")).toMatchObject({ profile: "small" });
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("G20: somebody chooses a profile on a phone", async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await hub.api("POST", "/groups/cs101/users", { users: ["bob"] });
    await hub.api("DELETE", "/users/bob/server");
    await logIn(page, hub, "bob", "/hub/spawn");
    await page.getByRole("radio", { name: "Lab of CS101" }).check();
    await page.getByLabel("Size").selectOption("Normal");
    await page.getByLabel("Branch").selectOption("The published one");
    await page.screenshot({ path: "test-results/start-profiles-phone.png" });
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/\/user\/bob\//); // through the page that waits, which one may be too late to see
    expect(await serverOf("bob")).toMatchObject({ profile: "lab", user_options: { size: "normal", branch: "main" } });
  });
});
