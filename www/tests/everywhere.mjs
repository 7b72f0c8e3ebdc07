// What a visit of the page takes in any browser and at any size: opening it, pressing, typing, reading.
import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";
import { firefoxPage, launchFirefox } from "./firefox.mjs";
import { Site } from "./helpers.mjs";
import { tinyScheduler } from "./tiny-model.mjs";

/** Chromium, driven by the same calls as Firefox, so that one table of checks does for both. */
const launchChromium = (...more) =>
  puppeteer.launch({
    executablePath: process.env.CHROME || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", ...more],
  });

/** Each with a browser of the same kind that runs no scripts. */
export const BROWSERS = {
  Chromium: { launch: launchChromium, scriptless: () => launchChromium("--blink-settings=scriptEnabled=false") },
  Firefox: { launch: launchFirefox, scriptless: () => launchFirefox({ "javascript.enabled": false }) },
};

const LABELS = ["a", "b", "no class"];
const TABLE = Array.from({ length: tinyScheduler.num_train_timesteps + 1 }, (_, n) => Math.min(n / 200, 0.98));

/** Before the page's own scripts: counts workers, and takes down what is saved and what is handed to other applications. */
function watch() {
  globalThis.workers = 0;
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      globalThis.workers += 1;
    }
  };
  globalThis.saved = [];
  HTMLAnchorElement.prototype.click = function () {
    globalThis.saved.push(this.download);
  };
  globalThis.handed = [];
  navigator.share = async (what) => globalThis.handed.push(what);
}

/** What a screen of this size is: one of a phone is touched. */
export const screenOf = ([width, height]) => ({
  width,
  height,
  ...(width < 500 && { isMobile: true, hasTouch: true }),
});

/**
 * A visit of the page: a site of its own, and the page in a profile of its own, on a model that stays on its way until `release` is
 * called.
 */
export async function visit(browser, size) {
  const site = await Site.start();
  site.putModel("/slow/", { labels: LABELS, analytic: { mean_sq_eps: TABLE } });
  let release;
  const held = new Promise((resolve) => {
    release = () => resolve({ type: "application/json", body: JSON.stringify(LABELS) });
  });
  site.put("/slow/labels.json", () => held);
  const context = await browser.createBrowserContext();
  const viewport = screenOf(size);
  const open = (address, { init, of = context } = {}) => firefoxPage(of, site.origin + address, { viewport, init });
  const page = await open("/?model=/slow/", { init: watch });
  return { browser, site, page, open, release };
}

/** The text of an element. */
export const said = (page, id) => page.$eval(`#${id}`, (element) => element.textContent.trim());

/** Waits until an element says this, and gives what it says. */
export async function until(page, id, words) {
  await page.waitForFunction(
    (id, words) => new RegExp(words).test(document.getElementById(id)?.textContent.trim() ?? ""),
    {},
    id,
    words.source,
  );
  return said(page, id);
}

/** Whether all of what a selector finds lies on the screen, and nothing over its middle. To be run in the page. */
function isSeen(selector) {
  const element = document.querySelector(selector);
  const { left, top, right, bottom } = element?.getBoundingClientRect() ?? {};
  if (!element?.checkVisibility({ visibilityProperty: true })) return false;
  const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const inside = left >= 0 && top >= 0 && right <= innerWidth + 0.5 && bottom <= innerHeight + 0.5;
  return inside && (element.contains(over) || over?.contains(element) === true);
}

/** Whether it is seen now. */
export const seen = (page, selector) => page.evaluate(isSeen, selector);

/** Waits until it is seen: what scrolls to it may take its time. */
export async function untilSeen(page, selector) {
  await page
    .waitForFunction(isSeen, { timeout: 5000 }, selector)
    .catch(() => assert.fail(`${selector} is out of sight`));
}

/** Presses what a selector finds, where it is or after scrolling to it; what lies over it is an error. */
export async function press(page, selector, scrolls = true) {
  await page.waitForSelector(selector, { visible: true });
  const [x, y, over] = await page.$eval(
    selector,
    (element, scrolls) => {
      if (scrolls) element.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top, width, height } = element.getBoundingClientRect();
      const at = [left + width / 2, top + height / 2];
      const found = document.elementFromPoint(...at);
      return [...at, element.contains(found) ? "" : (found?.outerHTML.slice(0, 80) ?? "nothing")];
    },
    scrolls,
  );
  assert.equal(over, "", `over ${selector}`);
  await page.mouse.click(x, y);
}

/** Presses the label of a radio button. */
export const choose = (page, name, value) => press(page, `label:has(input[name="${name}"][value="${value}"])`);

/** Puts this into a field, as typing does. */
export const fill = (page, id, value) =>
  page.$eval(
    `#${id}`,
    (field, value) => {
      field.value = value;
      for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
    },
    value,
  );

/** Waits until the run on the stage is done. */
export const untilDone = (page) =>
  page.waitForFunction(
    () =>
      document.getElementById("stage").getAttribute("aria-busy") === "false" &&
      document.getElementById("outcome")?.textContent.startsWith("done"),
  );

/** Generates, and waits for it. */
export async function generate(page) {
  await press(page, "#generate", false);
  await untilDone(page);
}

/** Drops files on the page, or pastes them: each a name and its bytes, or a canvas of 8 x 8 pixels in place of them. */
export const hand = (page, type, ...files) =>
  page.evaluate(
    async (type, files) => {
      const transfer = new DataTransfer();
      for (const [name, bytes] of files) {
        const canvas = new OffscreenCanvas(8, 8);
        canvas.getContext("2d").fillRect(2, 2, 4, 4);
        const content = bytes ? Uint8Array.from(bytes) : await canvas.convertToBlob();
        transfer.items.add(new File([content], name, { type: bytes ? "" : "image/png" }));
      }
      const event = new Event(type, { bubbles: true, cancelable: true });
      // Firefox makes no ClipboardEvent with files.
      Object.defineProperty(event, type === "drop" ? "dataTransfer" : "clipboardData", { value: transfer });
      document.getElementById(type === "drop" ? "stage" : "panel").dispatchEvent(event);
    },
    type,
    files.map(([name, bytes]) => [name, bytes && [...bytes]]),
  );

/** A number that stands for the pixels on the stage. */
export const pixels = (page) =>
  page.$eval("#canvas", (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 0);
  });

/** The value of a field, and of a group of radio buttons. */
export const valueIn = (page, id) => page.$eval(`#${id}`, ({ value }) => value);
export const checked = (page, name) => page.$eval(`input[name=${name}]:checked`, ({ value }) => value);

/** Waits for a sheet, all of which is on the screen; it may scroll in itself. */
export async function sheet(page, id) {
  await page.waitForSelector(`#${id}`, { visible: true });
  await untilSeen(page, `#${id}`);
}
