import { expect, expectAccessible, logIn, test } from "./fixtures.ts";

test.use({ viewport: { width: 1280, height: 800 } });

test("G12: somebody becomes the teacher of a group in the panel, and is none any more", async ({ page, hub }) => {
  for (const name of ["role-tess", "role-ada"]) await hub.person(name);
  await hub.api("POST", "/groups/role-class", { users: ["role-ada"] });
  await logIn(page, hub, "admin", "/hub/admin/users");
  await page.getByRole("link", { name: "Roles" }).click();
  await expect(page.getByRole("heading", { name: "Roles", exact: true })).toBeVisible();
  await page.getByLabel("Username").fill("role-tess");
  await page.getByLabel("Group").fill("role-clas");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("There is no group of that name");
  await page.getByLabel("Group").fill("role-class");
  await page.keyboard.press("Enter");
  await expect(page.getByText("role-tess is the teacher of role-class")).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/roles.png" });

  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(wide).toBe(false);
  await page.screenshot({ path: "test-results/roles-phone.png" });

  await page.getByRole("button", { name: "Take back: role-tess is the teacher of role-class" }).click();
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await expect(page.getByText("The role is taken back.")).toBeVisible();
  await expect(page.getByText("role-tess is the teacher of role-class")).toBeHidden();
});
