import type { BrowserContextOptions, Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { allTemplates, views, visit } from "./pages.ts";

const hands: { name: string; least: number; options: BrowserContextOptions }[] = [
  {
    name: "a finger on a phone",
    least: 44,
    options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  },
  { name: "a mouse", least: 24, options: { viewport: { width: 1120, height: 800 } } },
];

test("every page of the hub is among those that are looked at", () => {
  expect([...new Set(views.map((v) => v.template))].sort()).toEqual(allTemplates());
});

for (const hand of hands) {
  for (const view of views) {
    test(`${view.name}: ${hand.name} meets everything that can be pressed`, async ({
      browser,
      hub,
      native,
      charged,
    }) => {
      await visit(browser, { hub, native, charged }, view, hand.options, async (page) => {
        if (view.scripts !== false) {
          expect(await page.evaluate(() => matchMedia("(pointer: coarse)").matches)).toBe(hand.least === 44);
        }
        const { measured, small } = await measure(page, hand.least);
        expect(measured, "things that can be pressed").toBeGreaterThan(1);
        expect(small, `smaller than ${hand.least} × ${hand.least}`).toEqual([]);
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(beyond, "pixels that lie beside the screen").toBeLessThanOrEqual(0);
      });
    });
  }
}

/** Opens what is folded and measures all that can be pressed, but for links within a sentence (WCAG 2.5.8). */
function measure(page: Page, least: number): Promise<{ measured: number; small: string[] }> {
  return page.evaluate((px) => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
    const pressed =
      "a[href], button, input:not([type=hidden]), select, textarea, summary, label:has(input), [role=button]";
    const dialog = document.querySelector("[role=dialog]");
    const inSentence = (e: Element) =>
      e.tagName === "A" &&
      getComputedStyle(e).display === "inline" &&
      [...(e.parentElement?.childNodes ?? [])].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent?.trim());
    let measured = 0;
    const small: string[] = [];
    for (const e of (dialog ?? document).querySelectorAll<HTMLElement>(pressed)) {
      if (!e.checkVisibility({ visibilityProperty: true }) || e.closest(".hidden, [aria-hidden=true]")) continue;
      if (inSentence(e)) continue;
      if (e.matches("input") && e.closest("label")) continue; // the whole label is pressed
      measured++;
      const { width, height } = e.getBoundingClientRect();
      if (Math.round(width) < px || Math.round(height) < px) {
        small.push(`${e.tagName} “${e.textContent.trim() || e.getAttribute("aria-label")}”: ${width} × ${height}`);
      }
    }
    return { measured, small };
  }, least);
}
