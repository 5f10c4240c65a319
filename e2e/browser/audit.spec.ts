import { readFile } from "node:fs/promises";
import { expect, expectAccessible, logIn, test } from "./fixtures.ts";

test.use({ viewport: { width: 1280, height: 800 } });

test("the audit log tells who changed what, by filters, and as a file", async ({ page, hub }) => {
  await hub.api("POST", "/users/audit-a");
  await hub.api("PATCH", "/users/audit-a", { admin: true });
  await hub.api("DELETE", "/users/audit-a");
  await logIn(page, hub, "admin", "/hub/admin/users");
  await page.getByRole("link", { name: "Audit" }).click();
  await expect(page.getByRole("heading", { name: "Audit" })).toBeVisible();
  await page.getByLabel("To whom or what").fill("audit-a");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/target=audit-a/);
  await expect(page.getByRole("row", { name: /deleted audit-a/ })).toBeVisible();
  await page
    .getByRole("row", { name: /changed audit-a/ })
    .last()
    .getByRole("button")
    .click();
  await expect(page.getByRole("row", { name: "admin false true", exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/audit.png" });

  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download as CSV" }).click();
  const file = await (await saving).path();
  const lines = (await readFile(file, "utf8")).trim().split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[1]).toContain("user.delete,user,audit-a");

  await page.goBack();
  await expect(page.getByLabel("To whom or what")).toHaveValue("");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/audit-phone.png" });
});
