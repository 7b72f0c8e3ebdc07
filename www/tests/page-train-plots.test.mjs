// The plots of the room "Train": each shows the right numbers, in its legend and in words, on the real module.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, openPage, text } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const SMALL = "train=mixture&train-width=8&train-batch=32";

/** Opens the room. */
async function openTrain(query) {
  const page = await openPage(browser, site, `steps=2&images=1&${query}`);
  await page.click("#tab-train");
  await page.waitForSelector("#train-canvas");
  await page.fill("#train-steps", "20");
  return page;
}

/** Trains once, to the end: until it has begun, it rests, and the samples of its last step are there. That step depends on the machine. */
async function train(page) {
  await page.evaluate(() => {
    const state = document.getElementById("train-state");
    globalThis.begun = false;
    const look = () => {
      globalThis.begun ||= !state.textContent.startsWith("stopped at");
    };
    new MutationObserver(look).observe(state, { childList: true, characterData: true, subtree: true });
  });
  await page.click("#generate");
  await page.waitForFunction(() => {
    const [, last] = /^stopped at step (\d+)/.exec(document.getElementById("train-state")?.textContent) ?? [];
    const label = document.getElementById("train-canvas").getAttribute("aria-label");
    return globalThis.begun && label.startsWith(`600 samples after ${last} training`);
  });
}

/** Chooses a plot, and waits until it is drawn with a number in its legend. */
async function show(page, name) {
  const title = await page.textContent(`label:has(input[name="train-plot"][value="${name}"])`);
  await choose(page, "train-plot", name);
  await page.waitForFunction(
    (beginning) =>
      document.getElementById("train-plot").getAttribute("aria-label")?.startsWith(beginning) &&
      /\d/.test(document.querySelector("#train-legend .chosen .value")?.textContent ?? ""),
    `Plot: ${title.trim()}, over `,
  );
}

const number = (written) => Number(written.replaceAll("−", "-").replaceAll(",", ""));

/** What the legend says: the value of each line by its name. */
async function legend(page) {
  const entries = await page.$$eval("#train-legend li", (items) =>
    items.map((item) => [item.childNodes[1].textContent, item.querySelector(".value").textContent]),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, number(value)]));
}

/** The legend while the mouse stands at a share of the plot's width. It is moved again where the plot was drawn anew meanwhile. */
async function legendAt(page, share) {
  const plot = page.locator("#train-plot .u-over");
  const { width, height } = await plot.boundingBox();
  const resting = JSON.stringify(await legend(page));
  for (let tries = 0; ; tries++) {
    await plot.hover({ position: { x: share * width + (tries % 2), y: height / 2 } });
    const values = await legend(page);
    if (JSON.stringify(values) !== resting) {
      await page.mouse.move(0, 0);
      return values;
    }
    await page.waitForTimeout(50);
  }
}

/** From where to where each line goes, as the plot in words has it. */
async function ends(page) {
  const label = await page.getAttribute("#train-plot", "aria-label");
  const found = Array.from(label.matchAll(/([^,.]+) from (\S+) to (\S+?)(?:[,.]? |\.?$)/g));
  return Object.fromEntries(found.map(([, name, from, to]) => [name.trim(), [number(from), number(to)]]));
}

const offered = (page) => page.$$eval("input[name=train-plot]", (inputs) => inputs.map(({ value }) => value));
const isNear = (found, expected, what) =>
  assert.ok(Math.abs(found - expected) <= 0.006 * Math.abs(expected) + 0.006, `${what}: ${found}, not ${expected}`);

/** Gamma of the cosine schedule at its first and its last timestep (Nichol and Dhariwal 2021, section 3.2). */
function cosineEnds(steps = 1000) {
  const left = (u) => Math.cos((((u + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  const kept = [];
  for (let t = 0; t < steps; t++) {
    const beta = Math.min(0.999, 1 - left((t + 1) / steps) / left(t / steps));
    kept.push((kept.at(-1) ?? 1) * (1 - beta));
  }
  return [kept[0], kept.at(-1)].map((alphaBar) => Math.log((1 - alphaBar) / alphaBar));
}

test("a bound is shown in bits, a learned schedule beside the linear one, and each plot names its paper", async () => {
  const page = await openTrain(`${SMALL}&train-objective=vdm_continuous&train-gamma=learned`);
  await train(page);
  assert.match(page.url(), /train-gamma=learned/);
  assert.deepEqual(await offered(page), ["loss", "variance", "gamma", "bits", "distance", "reverse", "entropy"]);
  // Another plot is drawn at once, with all there is; the one that was seen during the training may lag behind for a moment.
  await show(page, "bits");
  const bits = await legend(page);
  await show(page, "loss");
  const loss = await legend(page);
  for (const name of ["raw", "smoothed"]) isNear(bits[name], loss[name] / Math.LN2, name);
  await show(page, "bits");
  assert.match(await text(page, "train-plot-caption"), /bits per dimension.*Kingma et al\. 2021, equation 17$/);
  await show(page, "variance");
  assert.ok((await legend(page)).smoothed > 0);
  await show(page, "gamma");
  const { learned, linear } = await ends(page);
  for (const [i, expected] of cosineEnds().entries()) {
    isNear(learned[i], expected, "learned");
    isNear(linear[i], expected, "linear");
  }
  assert.match(await text(page, "train-plot-caption"), /Kingma et al\. 2021, equation 18$/);
  const middle = await legendAt(page, 0.5);
  isNear(middle.linear, (linear[0] + linear[1]) / 2, "the middle of the linear one");
  assert.ok(middle.learned > linear[0] && middle.learned < linear[1], `${middle.learned}`);
  assert.deepEqual(page.complaints, []);
});

test("the exact optimal variance lies between DDPM's two, and the entropies are those of the variances", async () => {
  const page = await openTrain(SMALL);
  await train(page);
  assert.deepEqual(await offered(page), ["loss", "variance", "distance", "reverse", "entropy"]);
  await show(page, "reverse");
  const [small, large, exact, network] = [
    "β̃ (DDPM small)",
    "β (DDPM large)",
    "optimal, of the exact score",
    "optimal, of the network",
  ];
  const last = await legend(page);
  assert.deepEqual(Object.keys(last), [small, large, exact, network]);
  // Next to the data the exact score knows much: the mixture's parts are narrow.
  assert.ok(last[exact] > 10 * last[small] && last[exact] < 0.95 * last[large], JSON.stringify(last));
  for (const share of [0.05, 0.3, 0.5, 0.7, 0.85]) {
    const at = await legendAt(page, share);
    // The mixture has variance 1, so that its optimal variance is at most beta; chance of few points is a hundredth.
    assert.ok(at[exact] >= at[small] && at[exact] <= 1.01 * at[large], JSON.stringify(at));
    assert.ok(at[network] >= at[small], JSON.stringify(at));
  }
  assert.match(await text(page, "train-plot-caption"), /Bao et al\. 2022, equation 9$/);
  await page.setViewportSize({ width: 360, height: 640 });
  for (const [width, inside] of await page.$$eval("#train-legend li", (items) =>
    items.map(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]),
  )) {
    assert.ok(width <= inside, `an entry of ${width} pixels in ${inside}`);
  }
  await show(page, "entropy");
  const entropy = await legend(page);
  const names = { "lower: as DDPM small": small, "upper: as DDPM large": large, [network]: network };
  for (const [name, variance] of Object.entries(names)) {
    isNear(entropy[name], 0.5 * Math.log2(2 * Math.PI * Math.E * last[variance]), name);
  }
  assert.match(await text(page, "train-plot-caption"), /Sohl-Dickstein et al\. 2015, equation 24$/);
  assert.deepEqual(page.complaints, []);
});

test("K is shown where it is the objective, and the loss where the plot that was chosen makes no sense any more", async () => {
  const page = await openTrain(`${SMALL}&train-objective=k_2015`);
  await train(page);
  await show(page, "bits");
  assert.deepEqual(Object.keys(await legend(page)), ["K"]);
  const [from, to] = (await ends(page)).K;
  assert.ok(Number.isFinite(from) && to < 2, `${from} to ${to}`);
  await choose(page, "train-objective", "l_simple");
  await train(page);
  assert.ok(!(await offered(page)).includes("bits"));
  assert.ok(await page.isChecked("input[name=train-plot][value=loss]"));
  await page.waitForFunction(() =>
    document.getElementById("train-plot").getAttribute("aria-label").startsWith("Plot: Loss, over training step. raw"),
  );
});
