// axe-core, run in the page under test.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The screens that a page is looked at on. */
const SCREENS = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 720 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 720 } },
  { name: "phone, light", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "phone, dark", colorScheme: "dark", viewport: { width: 390, height: 844 } },
];

/** The rules about colours. The dark page differs from the light one in nothing else, so it is held to no others. */
const COLOURS = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };

/** Every rule. What can be pressed is 24 CSS pixels large (WCAG 2.2, 2.5.8); that rule is off by default. */
const ALL = { rules: { "target-size": { enabled: true } } };

/** What axe-core finds on a page as it stands, or within one element of it: each fault with the element that has it. */
export async function faults(page, rules = ALL, within = undefined) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(await axe);
  return page.evaluate(
    async ([rules, within]) => {
      const { violations } = await globalThis.axe.run(within ?? document, { resultTypes: ["violations"], ...rules });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
      );
    },
    [rules, within],
  );
}

/**
 * The same on every screen, one after the other, and whether the page is wider than the screen. The page is left on the first one.
 * `within` is a selector of what changed on a page that was looked at before.
 */
export async function faultsOnScreens(page, within = undefined) {
  const found = [];
  for (const { name, colorScheme, viewport } of [...SCREENS, SCREENS[0]]) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    // What follows the size is drawn with the next frame, and seen from the one after it.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    if (found.length === SCREENS.length) break;
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    const here = await faults(page, colorScheme === "dark" ? COLOURS : ALL, within);
    found.push([...here, ...(wide ? ["wider than the screen"] : [])].map((fault) => `${name}: ${fault}`));
  }
  return found.flat();
}
