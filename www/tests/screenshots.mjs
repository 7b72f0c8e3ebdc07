// Takes the pictures of the page for the README: `node www/tests/screenshots.mjs` writes docs/page-*.png. The site and the
// CPU module must be built.
import { mkdir } from "node:fs/promises";
import { launch, Site } from "./helpers.mjs";
import { choose, openPage, untilRun } from "./page-site.mjs";

const docs = new URL("../../docs/", import.meta.url);

/** A run of 50 steps on a slow machine, in milliseconds. */
const PATIENCE = 300_000;

/** Each picture: the page's address, the window, and what is shown of the run. */
const PICTURES = {
  "page-light": { query: "seed=2&images=12", colorScheme: "light", viewport: [1280, 720], which: "xt", step: "42" },
  "page-dark": { query: "seed=5&images=28&steps=30", colorScheme: "dark", viewport: [1280, 720], which: "x0" },
  "page-hood": {
    query: "seed=2&images=4&sampler=analytic-ddpm",
    colorScheme: "light",
    viewport: [1280, 930],
    hood: true,
  },
  "page-phone": { query: "seed=9&images=4", colorScheme: "light", viewport: [360, 740], which: "x0", step: "24" },
};

/** Shows the view with a measured picture. */
async function lookUnderTheHood(page) {
  await page.click("#tab-hood");
  await page.click("#bound-measure");
  await page.waitForFunction(() => document.querySelectorAll("#bound-sums tr").length === 5);
  await page.waitForSelector("#bound-measure:not([hidden])");
}

await mkdir(docs, { recursive: true });
const browser = await launch();
const site = await Site.start();
for (const [name, { query, colorScheme, viewport, which, step, hood }] of Object.entries(PICTURES)) {
  const [width, height] = viewport;
  const page = await openPage(browser, site, query, { model: "", colorScheme, viewport: { width, height } });
  page.setDefaultTimeout(PATIENCE);
  await page.click("#generate");
  await untilRun(page, "done");
  if (hood) await lookUnderTheHood(page);
  else await choose(page, "which", which);
  if (step) await page.fill("#scrub", step);
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: new URL(`${name}.png`, docs).pathname });
  console.log(`docs/${name}.png`);
  await page.context().close();
}
await browser.close();
await site.close();
