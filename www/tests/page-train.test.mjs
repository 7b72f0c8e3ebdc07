// The room "Train": a network learns points of the plane and is watched; small networks and few steps, on the real module.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { faultsOnScreens } from "./axe.mjs";
import { PATIENCE_MS, setUp } from "./helpers.mjs";
import { choose, drawn, openPage, pixels, text } from "./page-site.mjs";
import { isEquationWhole, isKeptEveryMinute, isPausedWhereHidden, untilRest, untilStep } from "./pictures-site.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** A training that takes a second or two. */
const SMALL = "train=mixture&train-width=8&train-batch=8";

/** Opens the room; it ends by itself after so many steps. */
async function openTrain(query = SMALL, { steps = 20, ...options } = {}) {
  const page = await openPage(browser, site, `steps=2&images=1&${query}`, options);
  await page.click("#tab-train");
  await page.waitForSelector("#train-canvas");
  await page.fill("#train-steps", String(steps));
  return page;
}

/** How the training stands: the step in what is said at the edge of the stage. */
const stepOf = async (page) => Number((await text(page, "train-state")).match(/[\d,]+/)?.[0].replace(",", "") ?? 0);

/** Trains to the end: a training that is over before the next picture of the screen is seen all the same. */
async function train(page) {
  await page.evaluate(() => {
    const state = document.getElementById("train-stage");
    globalThis.began = false;
    const observer = new MutationObserver(() => {
      globalThis.began ||= state.getAttribute("aria-busy") === "true";
    });
    observer.observe(state, { attributeFilter: ["aria-busy"] });
  });
  await page.click("#generate");
  await page.waitForFunction(() => globalThis.began);
  await untilRest(page);
}

const slide = (page, value) =>
  page.$eval(
    "#train-at",
    (slider, value) => {
      slider.value = String(value);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    },
    value,
  );

/** Waits until what is drawn is other than it was. */
async function untilOther(page, before) {
  for (;;) {
    await page.waitForTimeout(50);
    const now = await pixels(page, "train-canvas");
    if (now !== before) return now;
  }
}

test("one press on Train fetches burn, trains for the steps that are asked for, and shows samples, loss and distance", async () => {
  const page = await openTrain();
  const since = site.requests.length;
  // The server is asked for the size of the module when the room is opened.
  await page.waitForFunction(() =>
    /^Downloads burn.*: [\d.]+ MB\. Nothing leaves your computer\.$/.test(document.getElementById("cost")?.textContent),
  );
  assert.equal(site.bytes(/pkg\/burn/), 0, "nothing is downloaded before");
  const before = await pixels(page, "train-canvas");
  await train(page);
  assert.ok(site.bytes(/pkg\/burn\/unnoise_bg\.wasm/, since) > 1e6);
  assert.equal(await stepOf(page), 20);
  await untilOther(page, before);
  assert.match(await page.getAttribute("#train-canvas", "aria-label"), /^600 samples after \d+ training steps$/);
  for (const id of ["train-loss", "train-distance", "train-rate"]) assert.match(await text(page, id), /^\d/, id);
  assert.match(await text(page, "cost"), /^(About|Under) .* for 20 steps on this machine\.$/);
  await page.waitForSelector("#train-plot canvas");
  assert.deepEqual(page.complaints, []);
});

test("Train goes on from the network that is there, and begins anew where a setting was changed", async () => {
  const page = await openTrain();
  await train(page);
  await train(page);
  assert.equal(await stepOf(page), 40);
  await choose(page, "train-objective", "vdm_continuous");
  await page.waitForFunction(() => /begins anew\. 20 steps\.$/.test(document.getElementById("cost")?.textContent));
  await train(page);
  assert.equal(await stepOf(page), 20);
  assert.match(page.url(), /train=mixture.*train-objective=vdm_continuous.*#train$/);
});

test("what is learnt is kept every minute, a hidden tab pauses the training until it is shown again, and Stop keeps the network", async () => {
  const page = await openTrain(SMALL, { steps: 100_000 });
  await page.click("#generate");
  await untilStep(page, 5);
  await isKeptEveryMinute(page, "points");
  const before = await stepOf(page);
  await isPausedWhereHidden(page);
  await untilStep(page, before + 1);
  await page.click("#stop");
  await untilRest(page);
  const stopped = await stepOf(page);
  assert.ok(stopped > before && stopped < 100_000);
  await page.click("#generate");
  await untilStep(page, stopped + 1);
});

test("what is learnt is kept, offered after a reload, and gone on with", async () => {
  const page = await openTrain();
  await train(page);
  await page.reload();
  await page.waitForSelector("#train-kept");
  await page.waitForSelector("#loading", { state: "hidden" });
  assert.match(await text(page, "train-kept"), /Gaussians, trained for 20 steps\.\s+Go on at step 20/);
  await page.fill("#train-steps", "20");
  await page.click("#train-go-on");
  await untilStep(page, 21);
  await untilRest(page);
  assert.equal(await stepOf(page), 40);
  await page.reload();
  await page.click("#train-forget");
  await page.waitForSelector("#train-kept", { state: "detached" });
  await page.reload();
  await page.waitForSelector("#train-canvas");
  await page.waitForTimeout(300);
  assert.equal(await page.locator("#train-kept").count(), 0);
});

test("the slider leads from noise to data; predictions, the forward process, trajectories and fields are drawn", async () => {
  const page = await openTrain();
  await train(page);
  let seen = await pixels(page, "train-canvas");
  const changes = [
    ["the noise", () => slide(page, 0)],
    ["a state between", () => slide(page, 12)],
    ["trajectories", () => page.click("#train-paths")],
    ["predictions", () => choose(page, "train-shown", "x0")],
    ["the score field", () => page.click("#train-field")],
    ["without the exact score", () => page.click("#train-exact")],
    ["without the data", () => page.click("#train-data")],
    ["the forward process", () => choose(page, "train-shown", "forward")],
    ["at another time", () => slide(page, 3)],
  ];
  for (const [name, change] of changes) {
    await change();
    assert.ok(await Promise.race([untilOther(page, seen), page.waitForTimeout(PATIENCE_MS)]), name);
    await page.waitForTimeout(200);
    seen = await pixels(page, "train-canvas");
  }
  assert.match(await page.getAttribute("#train-canvas", "aria-label"), /^2,000 data points, noised · t = \d+$/);
  await trajectoriesOfAll(page);
  await slide(page, 0);
  await page.click("#train-play");
  await page.waitForFunction(() => document.getElementById("train-at")?.value === "25");
  assert.deepEqual(page.complaints, []);
});

/** Chooses another sampler, and waits for its samples. */
async function sampleDifferently(page, sampler) {
  const before = await pixels(page, "train-canvas");
  await page.selectOption("#train-sampler", sampler);
  await untilOther(page, before);
}

/** Chooses every sampler: all begin at the same noise and go ways of their own. */
async function trajectoriesOfAll(page) {
  await choose(page, "train-shown", "xt");
  // The arrows of a field come later than the points.
  await page.click("#train-field");
  const names = await page.$$eval("#train-sampler option", (all) => all.map((one) => [one.value, one.textContent]));
  assert.deepEqual(Object.fromEntries(names), {
    ddim: "DDIM",
    "ddpm-small": "DDPM small",
    "ddpm-large": "DDPM large",
    "analytic-ddpm": "Analytic-DDPM",
    "analytic-ddim": "Analytic-DDIM",
    vdm: "VDM",
  });
  const noises = new Set();
  await slide(page, 20);
  await drawn(page, 2);
  const ways = new Set([await pixels(page, "train-canvas")]);
  for (const [name] of names.slice(1)) {
    await page.selectOption("#train-sampler", name);
    // A picture that was there before is that of another sampler, which is still being replaced.
    for (const before = ways.size; ways.size === before; ) {
      await page.waitForTimeout(50);
      ways.add(await pixels(page, "train-canvas"));
    }
    await slide(page, 0);
    await drawn(page, 2);
    noises.add(await pixels(page, "train-canvas"));
    await slide(page, 20);
    await drawn(page, 2);
  }
  assert.equal(noises.size, 1, "all begin at the same noise");
}

test("one draws with the mouse and with the keyboard, takes lines back, and is told that there is nothing to learn", async () => {
  const page = await openTrain("train=drawing&train-width=8&train-batch=8");
  await page.click("#generate");
  await page.waitForFunction(() => /^There are no points/.test(document.getElementById("run-problem")?.textContent));
  const { x, y, width, height } = await page.locator("#train-canvas").boundingBox();
  await page.mouse.move(x + 0.4 * width, y + 0.4 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.6 * width, y + 0.6 * height, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction(() => /2,000 data points/.test(document.querySelector("#train-stage .cut").textContent));
  await page.focus("#train-canvas");
  const before = await pixels(page, "train-canvas");
  for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", " ", "Shift+ArrowRight"])
    await page.keyboard.press(key);
  const more = await untilOther(page, before);
  await page.click("#train-undo");
  await untilOther(page, more);
  await train(page);
  assert.match(page.url(), /train=drawing.*train-lines=/);
  assert.equal(await text(page, "run-problem"), "");
});

test("a word is learnt, and a link says which", async () => {
  const page = await openTrain("train=word&train-word=ab&train-width=8&train-batch=8");
  assert.equal(await page.inputValue("#train-word"), "ab");
  const before = await pixels(page, "train-canvas");
  await page.fill("#train-word", "xyz");
  await untilOther(page, before);
  await train(page);
  assert.match(page.url(), /train-word=xyz/);
});

test("what a link asks for in vain is said, and a field out of range has the focus", async () => {
  const page = await openTrain("train=cube&train-eta=7&train-learning-rate=NaN&train-width=48");
  assert.match(
    await text(page, "run-problem"),
    /^Ignored train=cube, train-eta=7, train-learning-rate=NaN in the link/,
  );
  assert.equal(await page.$eval("#train-width", ({ value }) => value), "48");
  await page.$eval("#train-batch", (field) => {
    field.value = "0";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await page.click("#generate");
  await page.waitForSelector("#train-batch:focus");
  assert.match(await text(page, "train-batch-problem"), /a whole number from 1 to 4,096/);
});

test("axe finds nothing on the room after a training, and nothing is wider than the screen", async () => {
  const page = await openTrain(SMALL, { steps: 5 });
  await train(page);
  await page.click("#train-field");
  await page.click("#train-more summary");
  await choose(page, "train-plot", "entropy");
  await page.waitForSelector("#train-legend .chosen");
  assert.deepEqual(await faultsOnScreens(page), []);
});

test("every objective and prediction is trained, and its equation fits", async () => {
  const page = await openTrain(SMALL, { steps: 3 });
  for (const objective of [
    "l_simple",
    "l_vlb",
    "l_hybrid",
    "k_2015",
    "j_sigma",
    "vdm_discrete",
    "vdm_continuous",
    "vdm_weighted",
  ]) {
    await choose(page, "train-objective", objective);
    for (const width of [1000, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await isEquationWhole(page, objective);
    }
    await train(page);
    assert.equal(await text(page, "run-problem"), "", objective);
    const learned = page.locator("#train-sampler option[value=ddpm-learned]");
    assert.equal(await learned.count(), objective === "l_hybrid" ? 1 : 0, objective);
    if (objective === "l_hybrid") {
      await sampleDifferently(page, "ddpm-learned");
      await sampleDifferently(page, "ddim");
    }
    assert.equal(
      await page.locator("#train-bits").count(),
      ["l_simple", "vdm_weighted"].includes(objective) ? 0 : 1,
      objective,
    );
  }
  for (const prediction of ["sample", "v_prediction", "mu"]) {
    await choose(page, "train-prediction", prediction);
    await train(page);
    assert.equal(await text(page, "run-problem"), "", prediction);
  }
});
