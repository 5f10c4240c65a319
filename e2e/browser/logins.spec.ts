import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expect, expectAccessible, logIn, test as shared } from "./fixtures.ts";
import { Hub, sharedPassword, trivial } from "./hub.ts";

// A drawing of 120 by 40, which would run a script if it were a page.
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" viewBox="0 0 120 40">
<script>document.documentElement.setAttribute("fill", "red")</script>
<rect width="120" height="40" rx="6" fill="#7a1f5c"/></svg>`;

const title = "CS101 hub, Institute of Computer Science, Room 1.23";

const pagesOf = (folder: string) => {
  writeFileSync(join(folder, "logo.svg"), drawing);
  return {
    pages: {
      title,
      help: "Log in with the name on your library card.\n\nForgotten it? Ask at https://cs.example.org/desk.",
      help_url: "https://cs.example.org/hub-help",
      logo_file: join(folder, "logo.svg"),
    },
  };
};

const test = shared.extend<object, { named: Hub }>({
  named: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed
    async ({}, use) => {
      const hub = await Hub.start(trivial(), undefined, undefined, { top: (_, folder) => pagesOf(folder) });
      await use(hub);
      await hub.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

/** The size of a picture itself, 0 where it could not be shown. */
const natural = (picture: Locator) =>
  picture.evaluate((e) => (e instanceof HTMLImageElement ? [e.naturalWidth, e.naturalHeight] : null));

test("people see whose hub it is, before the login and after", async ({ page, named: hub }) => {
  await page.goto(`${hub.url}/hub/login`);
  await expect(page).toHaveTitle(`Log in – ${title}`);
  await expect(page.getByRole("heading", { name: `Log in to ${title}` })).toBeVisible();
  await expect(page.getByText("Log in with the name on your library card.")).toBeVisible();
  await expect(page.getByRole("link", { name: "https://cs.example.org/desk" })).toHaveAttribute(
    "href",
    "https://cs.example.org/desk",
  );
  await expect(page.getByRole("link", { name: "Help" })).toHaveAttribute("href", "https://cs.example.org/hub-help");
  for (const picture of [page.locator(".logo"), page.locator(".brand img")]) {
    expect(await natural(picture)).toEqual([120, 40]);
  }
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  const line = await page.getByRole("banner").locator(".hubname").boundingBox();
  expect(line?.height).toBeLessThan(40); // one line, cut at its end
  await page.setViewportSize({ width: 1280, height: 720 });

  await hub.person("ann");
  await logIn(page, hub, "ann");
  await expect(page.getByRole("button", { name: /^Start / })).toBeVisible();
  for (const path of ["/hub/home", "/hub/token", "/hub/change-password", "/hub/nothing"]) {
    await page.goto(hub.url + path);
    await expect(page).toHaveTitle(new RegExp(` – ${title}$`));
    const header = page.getByRole("banner");
    await expect(header.getByRole("link", { name: new RegExp(`^Atrium\\W+${title}$`) })).toBeVisible();
    await expect(header.getByRole("link", { name: "Help" })).toBeVisible();
    await expect(header.getByRole("link", { name: "Home", exact: true })).toBeVisible();
    expect(await natural(header.locator("img"))).toEqual([120, 40]);
  }
});

test("the logo is where services with JupyterHub's templates load it, and runs no script there", async ({
  page,
  named: hub,
}) => {
  const answer = await page.goto(`${hub.url}/hub/logo`);
  expect(answer?.headers()["content-type"]).toBe("image/svg+xml");
  expect(answer?.headers()["x-content-type-options"]).toBe("nosniff");
  const fill = await page.evaluate(() => document.documentElement.getAttribute("fill"));
  expect(fill).toBeNull();
});

const buttonFor = (page: Page, word: string, what: string) =>
  page.getByRole("button", { name: `${word} ${what}`, exact: true });

test("the password that is typed can be looked at", async ({ page, hub }) => {
  await page.goto(`${hub.url}/hub/login`);
  const field = page.getByLabel("Password");
  const type = () => field.getAttribute("type");
  const width = async () => (await field.boundingBox())?.width;
  await page.getByLabel("Username").fill("lena");
  await page.keyboard.press("Tab");
  await page.keyboard.type(sharedPassword);
  const before = await width();
  expect(await type()).toBe("password");

  await page.keyboard.press("Tab");
  await expect(buttonFor(page, "Show", "password")).toBeFocused();
  await page.keyboard.press("Enter");
  const hide = buttonFor(page, "Hide", "password");
  await expect(hide).toBeFocused();
  expect(page.url()).toBe(`${hub.url}/hub/login`); // it is not sent
  expect(await type()).toBe("text");
  await expect(field).toHaveValue(sharedPassword);
  await expect(page.getByText("The password is shown.")).toHaveAttribute("aria-live", "polite");
  // Password managers go by these, and no browser learns it as a word or sends it to be spelled.
  for (const [name, value] of [
    ["name", "password"],
    ["autocomplete", "current-password"],
    ["spellcheck", "false"],
    ["autocapitalize", "none"],
  ] as const) {
    await expect(field).toHaveAttribute(name, value);
  }
  expect(await width()).toBe(before);
  await expectAccessible(page);
  await page.keyboard.press("Space");
  expect(await type()).toBe("password");
  await hide.or(buttonFor(page, "Show", "password")).click();
  expect(await type()).toBe("text");

  // What leaves the page is hidden.
  await page.evaluate(() =>
    document.addEventListener("submit", () => {
      sessionStorage.setItem("sent as", document.querySelector<HTMLInputElement>("#password")?.type ?? "");
    }),
  );
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "My servers" })).toBeVisible();
  expect(await page.evaluate(() => sessionStorage.getItem("sent as"))).toBe("password");
});

test("each field of a new password has its own button", async ({ page, hub }) => {
  await logIn(page, hub, "admin");
  await page.goto(`${hub.url}/hub/change-password`);
  const fields = {
    "current password": page.getByLabel("Current password"),
    "new password": page.getByLabel("New password", { exact: true }),
    "new password, again": page.getByLabel("New password, again"),
  };
  for (const [what, field] of Object.entries(fields)) {
    await buttonFor(page, "Show", what).click();
    for (const [other, its] of Object.entries(fields)) {
      await expect(its).toHaveAttribute("type", other === what ? "text" : "password");
    }
    await buttonFor(page, "Hide", what).click();
    await expect(field).toHaveAttribute("type", "password");
  }
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  test("there is no button that does nothing", async ({ page, hub }) => {
    await page.goto(`${hub.url}/hub/login`);
    await expect(page.getByRole("button")).toHaveCount(1);
    const [field, form] = await Promise.all([
      page.getByLabel("Password").boundingBox(),
      page.locator("form").boundingBox(),
    ]);
    expect(field?.width).toBe(form?.width);
  });
});
