import { expect, expectAccessible, logIn, test } from "./fixtures.ts";
import { Hub, trivial } from "./hub.ts";

test.use({ viewport: { width: 1280, height: 800 } });

test("G15: 'Manage Groups' leads to the groups page, where groups are made, filled, changed and deleted", async ({
  page,
  hub,
}) => {
  for (const name of ["grp-ann", "grp-ben", "grp-cleo", "grp-dora"]) await hub.person(name);
  await logIn(page, hub, "admin", "/hub/admin/users");
  await page.getByRole("link", { name: "Manage Groups" }).click();
  await expect(page.getByRole("heading", { name: "Groups", exact: true })).toBeVisible();

  // By keys alone: create one, add who is found, typed and pasted.
  await page.keyboard.press("c");
  await page.keyboard.type("<b>grp lab");
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("dialog", { name: "<b>grp lab" });
  await expect(drawer.getByText("Nobody is in it yet.")).toBeVisible();
  await drawer.getByRole("button", { name: "Add people" }).focus();
  await page.keyboard.press("Enter");
  const adding = page.getByRole("dialog", { name: "Add people to <b>grp lab" });
  await expect(adding.getByLabel("Find people by their names")).toBeFocused();
  await page.keyboard.type("grp-an");
  await expect(adding.getByRole("button", { name: "grp-ann" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(adding.getByLabel("Usernames")).toHaveValue("grp-ann\n");
  await expectAccessible(page);
  await adding.getByLabel("Usernames").focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("grp-ben\nnobody-here");
  await adding.getByRole("button", { name: "Add 3 people" }).click();
  await expect(adding.getByText("2 people added to <b>grp lab.")).toBeVisible();
  await expect(adding.getByText("1 person was not added:")).toBeVisible();
  await expect(adding.getByRole("listitem")).toHaveText("nobody-here There is nobody of that name.");
  await adding.getByRole("button", { name: "Close" }).click();
  await drawer.getByRole("button", { name: "Add people" }).click();
  await adding.getByLabel("Usernames").fill("grp-ann\ngrp-ben\n");

  // A file, as the command line reads it.
  const file = { name: "class.csv", mimeType: "text/csv", buffer: Buffer.from("username,groups\ngrp-cleo,x\na/b,\n") };
  await adding.locator("input[type=file]").setInputFiles(file);
  await expect(adding.getByText("1 person read from class.csv.")).toBeVisible();
  await expect(adding.getByText("1 row could not be read:")).toBeVisible();
  await adding.getByRole("button", { name: "Add 3 people" }).click();
  await expect(adding.getByText("1 person added to <b>grp lab. 2 were in it before.")).toBeVisible();
  await adding.getByRole("button", { name: "Close" }).click();

  await drawer.getByLabel("Search members").fill("cleo");
  await expect(drawer.getByRole("link", { name: "grp-ann" })).toBeHidden();
  await drawer.getByRole("button", { name: "Remove grp-cleo from <b>grp lab" }).click();
  await expect(drawer.getByText("No member matches.")).toBeVisible();
  await drawer.getByRole("button", { name: "Put back" }).click();
  await expect(drawer.getByRole("link", { name: "grp-cleo" })).toBeVisible();

  await drawer.getByRole("button", { name: "Edit properties" }).click();
  await drawer.getByLabel("Key").fill("room");
  await drawer.getByLabel("Value").fill("<i>12");
  await drawer.getByRole("button", { name: "Save Changes" }).click();
  await expect(drawer.getByText("<i>12")).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/group.png" });

  await drawer.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("New name").fill("grp lab 2");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/group=grp\+lab\+2/);
  const renamed = page.getByRole("dialog", { name: "grp lab 2" });
  await expect(renamed.getByRole("link", { name: "grp-ben" })).toBeVisible();
  await renamed.getByRole("button", { name: "Delete" }).click();
  const question = page.getByRole("dialog", { name: "Delete the group grp lab 2?" });
  await expect(question).toContainText("3 people are in it: they stay");
  await expect(question.getByRole("button", { name: "Keep it" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(question).toBeHidden();
  await renamed.getByRole("button", { name: "Delete" }).click();
  await question.getByRole("button", { name: "Delete" }).click();
  await expect(renamed).toBeHidden();
  await expect(page.getByRole("button", { name: "grp lab 2" })).toBeHidden();
});

test("G15: groups are found and sorted by the address, in both themes and on a phone", async ({ page, hub }) => {
  await hub.person("grp-eve");
  await hub.api("POST", "/groups", { groups: ["grp view one", "grp view TWO"] });
  await hub.api("POST", "/groups/grp view TWO/users", { users: ["grp-eve"] });
  await logIn(page, hub, "admin", "/hub/admin/groups?q=grp+view");
  const names = page.locator("[data-row]");
  await expect(names).toHaveText(["grp view one", "grp view TWO"]);
  await page.getByRole("button", { name: "Members" }).click();
  await page.getByRole("button", { name: "Members" }).click();
  await expect(names).toHaveText(["grp view TWO", "grp view one"]);
  await expect(page).toHaveURL(/q=grp\+view&sort=-members/);
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/groups.png" });
  await page.keyboard.press("j");
  await expect(names.first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "grp view TWO" }).getByRole("link", { name: "grp-eve" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("dialog")).toBeHidden();

  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await expect(names).toHaveText(["grp view TWO", "grp view one"]);
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/groups-phone.png" });
  await names.first().click();
  await expect(page.getByRole("dialog").getByRole("link", { name: "grp-eve" })).toBeVisible();
  await expectAccessible(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(wide).toBe(false);
  await page.screenshot({ path: "test-results/group-phone.png" });
});

test("G15: a group of the configuration has a lock and says why", async ({ page }) => {
  const groups = { staff: { users: ["ann"], properties: { room: 7 } } };
  const hub = await Hub.start(trivial(), undefined, undefined, { top: { groups } });
  try {
    await logIn(page, hub, "admin", "/hub/admin/groups");
    await expect(page.getByRole("row", { name: /staff 1 .*From the configuration/ })).toBeVisible();
    await page.getByRole("button", { name: "staff" }).click();
    const drawer = page.getByRole("dialog", { name: "staff" });
    await expect(drawer.getByText(/makes this group at every start/)).toBeVisible();
    await expect(drawer.getByText(/sets these at every start/)).toBeVisible();
    await expect(drawer.getByRole("button", { name: "Delete" })).toBeHidden();
    await expect(drawer.getByRole("button", { name: "Add people" })).toBeVisible();
    const refused = await hub.api("DELETE", "/groups/staff");
    expect(refused.status).toBe(409);
    await expectAccessible(page);
  } finally {
    await hub.stop();
  }
});
