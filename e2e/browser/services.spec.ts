import { expect, expectAccessible, logIn, test } from "./fixtures.ts";

test.use({ viewport: { width: 1280, height: 800 } });

test("services and everybody's tokens are seen and ended in the panel", async ({ page, hub }) => {
  await hub.api("POST", "/users/token-a");
  await hub.api("POST", "/users/token-a/tokens", { note: "<b>script</b>" });
  await hub.api("POST", "/services/grader-b", { url: "http://127.0.0.1:9", api_token: "a-token-of-the-grader" });
  await logIn(page, hub, "admin", "/hub/admin/services");
  await expect(page.getByRole("row", { name: /grader-b/ })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/services.png" });

  await page.getByLabel("Whose").fill("token-a");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/tokens_of=token-a/);
  await page.getByRole("button", { name: "Revoke <b>script</b> of token-a" }).click();
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("token-a has no token.")).toBeVisible();

  await page.getByRole("button", { name: "Delete grader-b" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("row", { name: /grader-b/ })).toHaveCount(0);
  await page.goBack();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
  await page.screenshot({ path: "test-results/services-phone.png" });
});
