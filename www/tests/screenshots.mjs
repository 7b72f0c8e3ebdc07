// Takes the pictures of the page for the README: `node www/tests/screenshots.mjs` writes docs/page-*.png and docs/denoising.gif, or
// those that are named. The site and the modules must be built.
import { mkdir } from "node:fs/promises";
import { launch, Site } from "./helpers.mjs";
import { choose, openPage, untilRun } from "./page-site.mjs";

const docs = new URL("../../docs/", import.meta.url);

/** A run of 50 steps on a slow machine, in milliseconds. */
const PATIENCE = 300_000;

/** Each picture: the page's address, the colours, and what is done and shown. A download is taken in place of a screenshot. */
const PICTURES = {
  denoising: { query: "seed=3&images=8&class=face&steps=15&eta=0", show: saveGif },
  "page-light": { query: "seed=3&images=12&class=face", show: (page) => generate(page, "x0") },
  "page-edit": { query: "seed=11&images=4&steps=30&class=face&eta=0", show: edit },
  "page-train": { query: "seed=2&images=1&steps=5", show: train },
  "page-interpolate": { query: "seed=4&steps=20&eta=0", colorScheme: "dark", show: interpolate },
};

/** Generates, and shows the predicted picture or the noisy one. */
async function generate(page, which) {
  await page.click("#generate");
  await untilRun(page, "done");
  await choose(page, "which", which);
}

/** Saves the denoising as a GIF of less than 1 MB. */
async function saveGif(page) {
  await generate(page, "xt");
  await page.click("#save-open");
  await page.waitForSelector("#save-gif:not(:disabled)");
  await page.fill("#save-scale", "4");
  await page.fill("#save-fps", "6");
  const download = page.waitForEvent("download");
  await page.click("#save-gif");
  return download;
}

/** Paints out the mouth of a face that was just made, and fills it in. */
async function edit(page) {
  await generate(page, "x0");
  await page.click("#tab-edit");
  await page.click("#edit-made button:first-child");
  const { x, y, width, height } = await page.locator("#easel").boundingBox();
  await page.locator("#edit-size").fill("8");
  await page.mouse.move(x + 0.25 * width, y + 0.62 * height);
  await page.mouse.down();
  for (const [across, down] of [
    [0.75, 0.62],
    [0.75, 0.78],
    [0.25, 0.78],
  ]) {
    await page.mouse.move(x + across * width, y + down * height, { steps: 6 });
  }
  await page.mouse.up();
  await choose(page, "edit-fill", "repaint");
  await page.click("#generate");
  await page.waitForFunction(() => /done in/.test(document.querySelector("#edit-results .edge")?.textContent ?? ""));
}

/** Trains a network on the points of a swiss roll until it ends by itself, and shows how samples came to be. */
async function train(page) {
  await page.click("#tab-train");
  await page.click("#generate");
  await page.waitForFunction(() => /^stopped at/.test(document.getElementById("train-state")?.textContent ?? ""));
  await page.click("#train-paths", { force: true });
}

/** Four seeds of two classes, and a frame among them. */
async function interpolate(page) {
  await page.click("#tab-interpolate");
  await choose(page, "morph-mode", "four");
  for (const [corner, seed, label] of [
    ["a", "4", "0"],
    ["b", "11", "same"],
    ["c", "6", "0"],
    ["d", "9", "0"],
  ]) {
    await page.fill(`#seed-${corner}`, seed);
    await page.selectOption(`#class-${corner}`, label);
  }
  await page.click("#generate");
  await page.waitForFunction(() => document.getElementById("morph-outcome")?.textContent.startsWith("done"));
  await page.fill("#morph-across", "2");
  await page.fill("#morph-down", "1");
}

await mkdir(docs, { recursive: true });
const browser = await launch();
const site = await Site.start();
for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PICTURES)) {
  const { query, colorScheme = "light", show } = PICTURES[name];
  const page = await openPage(browser, site, query, { model: "", colorScheme, viewport: { width: 1280, height: 720 } });
  page.setDefaultTimeout(PATIENCE);
  const download = await show(page);
  const file = `${name}.${download ? "gif" : "png"}`;
  const path = new URL(file, docs).pathname;
  if (download) await download.saveAs(path);
  else {
    await page.evaluate(() => document.activeElement.blur());
    await page.mouse.move(0, 0);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path });
  }
  console.log(`docs/${file}`);
  await page.context().close();
}
await browser.close();
await site.close();
