// What the tests of Train's pictures share: opening the view, drawing with its editor, and a short training.
import { unzipSync } from "fflate";
import { choose, openPage } from "./page-site.mjs";

/** The page with Train's pictures shown. */
export async function openPictures(browser, site, query = "train=pictures", options = {}) {
  const page = await openPage(browser, site, `steps=2&images=1&${query}`, options);
  await page.click("#tab-train");
  await page.waitForSelector("#train-stage");
  await page.waitForSelector("input[name=train-mode][value=pictures]:checked", { state: "attached" });
  return page;
}

/** Draws so many pictures, each with one line more than the one before, and adds them to those to learn from. */
export async function drawPictures(page, count) {
  for (let i = 0; i < count; i++) {
    const { x, y, width, height } = await page.locator("#train-pixels").boundingBox();
    await page.mouse.move(x + 0.1 * width, y + (0.1 + 0.15 * i) * height);
    await page.mouse.down();
    await page.mouse.move(x + 0.9 * width, y + (0.2 + 0.15 * i) * height, { steps: 4 });
    await page.mouse.up();
    await page.click("#train-pixels-add");
  }
}

/** Trains for a moment: until the network has drawn pictures, and Stop is pressed. */
export async function trainBriefly(page) {
  // More than it takes: a slow machine must not be at the end before Stop is pressed.
  await choose(page, "train-minutes", "15");
  await page.click("#generate");
  await page.waitForFunction(() => /^16 pictures after/.test(document.getElementById("train-grid")?.ariaLabel ?? ""));
  await page.click("#stop");
  await page.waitForFunction(() => /^stopped at/.test(document.getElementById("train-state")?.textContent));
}

/** The entries of the zip that a click saves. */
export async function savedZip(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  return unzipSync(Buffer.concat(parts));
}

/** An entry that is JSON. */
export const jsonOf = (entry) => JSON.parse(new TextDecoder().decode(entry));
