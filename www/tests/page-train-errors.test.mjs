// The room "Train" where a training fails: what went wrong is said in words, and one trains again. On the real module.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { openPage, problem, TRAP, text } from "./page-site.mjs";
import { untilRest, untilStep } from "./pictures-site.mjs";

const { browser, site } = await setUp();
afterEach(() => {
  site.drop("/pkg/burn/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

/** Opens the room with a small network. */
async function openTrain() {
  const page = await openPage(browser, site, "steps=2&images=1&train=mixture&train-width=8&train-batch=8");
  await page.click("#tab-train");
  await page.waitForSelector("#train-canvas");
  return page;
}

/** Begins, with so many steps. */
async function begin(page, steps) {
  await page.fill("#train-steps", String(steps));
  await page.click("#generate");
}

const stepOf = async (page) => Number((await text(page, "train-step")).replace(",", ""));

/**
 * Puts something between page and library: `globalThis.fault` is what goes wrong, "start" (a training is refused), "blind" (the network
 * says what is no number) or "steps" (the loss is no number).
 */
async function putFaults(page) {
  await page.evaluate(async () => {
    const { Diffuser, UnnoiseError } = await import("/pkg/index.js");
    const { train } = Diffuser.prototype;
    const hint = "Ask for less.";
    Diffuser.prototype.train = async function (data, options) {
      if (globalThis.fault === "start") throw new UnnoiseError("invalid-batch", "a batch of 8 needs 5 GB", { hint });
      const trainer = await train.call(this, data, options);
      const predict = trainer.predict.bind(trainer);
      trainer.predict = async (x, t) => {
        const said = await predict(x, t);
        return globalThis.fault === "blind" ? said.fill(Number.NaN) : said;
      };
      const reports = trainer.steps.bind(trainer);
      trainer.steps = async function* (count) {
        for await (const report of reports(count)) {
          if (globalThis.fault === "steps") throw new UnnoiseError("training-diverged", "the training has diverged");
          yield report;
        }
      };
      return trainer;
    };
  });
  return (fault) => page.evaluate((name) => Object.assign(globalThis, { fault: name }), fault);
}

test("a training that cannot begin, shows nothing finite, or diverges says so, and the room goes on", async () => {
  const page = await openTrain();
  const set = await putFaults(page);
  await set("start");
  await begin(page, 20);
  assert.equal(await problem(page, "run"), "A batch of 8 needs 5 GB. Ask for less.");
  assert.ok((await page.isEnabled("#generate")) && (await page.isDisabled("#stop")));
  assert.equal(await text(page, "train-state"), "");
  // What is no number is not shown, and the training goes on past several looks.
  await set("blind");
  await begin(page, 100_000);
  await untilStep(page, 6);
  const before = await stepOf(page);
  await page.waitForTimeout(1500);
  await untilStep(page, before + 1);
  assert.equal(await text(page, "run-problem"), "");
  assert.match(await page.getAttribute("#train-canvas", "aria-label"), /data points/);
  await page.click("#stop");
  await untilRest(page);
  const stopped = await stepOf(page);
  await set("");
  await page.click("#generate");
  await untilStep(page, stopped + 1);
  assert.equal(await text(page, "run-problem"), "");
  await page.waitForFunction(() => /^600 samples/.test(document.getElementById("train-canvas").ariaLabel));
  await set("steps");
  assert.equal(await problem(page, "run"), "The training has diverged.");
  await untilRest(page);
  const diverged = await stepOf(page);
  await set("");
  await page.click("#generate");
  await untilStep(page, diverged + 1);
  assert.deepEqual(page.complaints, []);
});

/** A crash after so many steps. */
const CRASH = `${TRAP}
  const whole = Trainer.prototype.step;
  let steps = 0;
  Trainer.prototype.step = function () { if (++steps > 400) trap(); return whole.call(this); };`;

test("a training that crashes says so; the page's own engine goes on, and what was kept can be gone on with", async () => {
  site.patch("/pkg/burn/unnoise.js", { after: CRASH });
  const page = await openTrain();
  await begin(page, 20);
  await untilRest(page);
  const kept = await stepOf(page);
  await begin(page, 100_000);
  assert.match(await problem(page, "run"), /^The training has crashed\. /);
  assert.ok((await page.isHidden("#crash")) && (await page.isEnabled("#generate")));
  assert.equal(await page.getAttribute("#tab-train", "aria-selected"), "true");
  await page.waitForSelector("#train-kept");
  assert.match(await text(page, "train-kept"), new RegExp(`trained for ${kept} steps`));
  await page.fill("#train-steps", "20");
  await page.click("#train-go-on");
  await untilStep(page, kept + 1);
  await untilRest(page);
  assert.equal(await text(page, "run-problem"), "");
  await page.click("#tab-generate");
  await page.click("#generate");
  await page.waitForFunction(() => document.getElementById("outcome")?.textContent.startsWith("done"));
});
