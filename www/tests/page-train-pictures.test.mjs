// The room "Train" learns pictures: those that ship, files, and what is drawn; the model is used, saved and kept. On the real module.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { faultsOnScreens } from "./axe.mjs";
import { setUp } from "./helpers.mjs";
import { pageParts } from "./page-pictures.mjs";
import { choose, pixels, text } from "./page-site.mjs";
import {
  drawPictures,
  isEquationWhole,
  isKeptEveryMinute,
  isPausedWhereHidden,
  jsonOf,
  openPictures,
  savedZip,
  trainBriefly,
} from "./pictures-site.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Whether the kept model's table has the mean square of the predicted noise, here of other noise than the page's. */
async function isTableOfKept(page) {
  const { sprites } = await pageParts("train/pictures/sprites");
  const all = sprites(12, 1).map(({ x, kind }) => ({ x: [...x], kind }));
  const pairs = await page.evaluate(async (all) => {
    const { Diffuser } = await import("/pkg/index.js");
    const opened = indexedDB.open("unnoise-train");
    await new Promise((resolve) => Object.assign(opened, { onsuccess: resolve }));
    const read = opened.result
      .transaction("trainings")
      .objectStore("trainings")
      .getAll(IDBKeyRange.lowerBound("model-"));
    await new Promise((resolve) => Object.assign(read, { onsuccess: resolve }));
    const { files } = read.result.find(({ files }) => files);
    const diffuser = await Diffuser.create({ backend: "cpu", workers: 1 });
    const model = await diffuser.load(files);
    const some = all.filter((_, i) => i % 3 === 1);
    const x0 = Float32Array.from(some.flatMap(({ x }) => x));
    const labels = some.map(({ kind }) => kind);
    const pairs = [];
    for (const t of [0, 60, 500, 999]) {
      const x = await model.diffuse(x0, t, { seed: 77 });
      const [{ logSnr }] = (await diffuser.plan({ scheduler: files.scheduler, sampler: "ddpm", trajectory: [t] }))
        .steps;
      const kept = 1 / (1 + Math.exp(-logSnr));
      const v = await model.predict(x, t, labels);
      const square = (_, i) => (Math.sqrt(1 - kept) * x[i] + Math.sqrt(kept) * v[i]) ** 2;
      pairs.push([files.analytic.mean_sq_eps[t + 1], x.map(square).reduce((a, b) => a + b, 0) / x.length]);
    }
    diffuser.dispose();
    return pairs;
  }, all);
  for (const [said, found] of pairs) assert.ok(Math.abs(said - found) < 0.1 * found + 0.01, `${said}, not ${found}`);
}

/** Does all that the page does with a model, on the one at hand. */
async function isUsedEverywhere(page) {
  for (const base of ["ddpm", "ddim"]) {
    await choose(page, "sampler", "analytic");
    await choose(page, "base", base);
    await page.click("#generate");
    await page.waitForFunction(
      (name) =>
        document.getElementById("caption")?.textContent.startsWith(name) &&
        document.getElementById("outcome")?.textContent.startsWith("done"),
      `Analytic-${base.toUpperCase()}`,
    );
  }
  await page.click("#tab-hood");
  await page.fill("#bound-steps", "2");
  await page.click("#bound-begin");
  await page.waitForSelector("#bound-begin:not([hidden])");
  const bounds = await page.$$eval("#bound-sums tr", (rows) => rows.map(({ cells }) => Number(cells[4].textContent)));
  assert.equal(bounds.length, 5);
  assert.ok(
    bounds.every((bits) => bits > 0 && Number.isFinite(bits)),
    `${bounds}`,
  );
  await page.click("#tab-interpolate");
  await page.click("#generate");
  await page.waitForFunction(() => document.getElementById("morph-outcome")?.textContent.startsWith("done"));
  await page.click("#tab-compare");
  await page.waitForSelector(".shot");
  await page.click("#generate");
  // The first column, of ten steps each: no row lacks a table.
  await page.waitForFunction(() => document.querySelectorAll('.shot[data-state="done"]').length >= 6);
  assert.equal(await page.locator('.shot[data-state="done"]').count(), 6);
  await page.click("#stop");
}

test("sprites are learnt: the machine is measured, a network chosen, and 16 pictures drawn; the model is saved, kept and used", async () => {
  const page = await openPictures(browser, site, "train=pictures", { acceptDownloads: true });
  assert.match(await page.getAttribute("#train-grid", "aria-label"), /^48 pictures to learn from$/);
  await choose(page, "train-minutes", "15");
  await page.waitForFunction(() =>
    /^Downloads burn.*About 15 min for 48 pictures on this machine\.$/.test(
      document.getElementById("cost")?.textContent,
    ),
  );
  const before = await pixels(page, "train-grid");
  await trainBriefly(page);
  assert.notEqual(await pixels(page, "train-grid"), before);
  assert.match(
    await text(page, "train-plan"),
    /^A network of 0\.\d+ million weights: about [\d,]+ steps? in 15 minutes on/,
  );
  const entries = await savedZip(page, "#train-save");
  const config = jsonOf(entries["unet/config.json"]);
  assert.deepEqual([config.sample_size, config.in_channels], [16, 3]);
  assert.deepEqual(jsonOf(entries["labels.json"]), ["ghost", "potion", "mushroom", "slime", "no class"]);
  assert.ok(entries["unet/diffusion_pytorch_model.safetensors"].length > 1e5);
  assert.equal(jsonOf(entries["analytic_dpm.json"]).mean_sq_eps.length, 1001);
  await page.waitForSelector("#train-models li");
  await isTableOfKept(page);
  await page.click("#train-use");
  await page.waitForSelector("#tab-generate[aria-selected=true]");
  assert.match(await text(page, "model-name"), /^Yours, \d+ steps?$/);
  const chips = await page.$$eval("#class-chips span", (spans) => spans.map((span) => span.textContent));
  assert.deepEqual(chips.slice(2), ["ghost", "potion", "mushroom", "slime"]);
  await page.waitForFunction(() => document.getElementById("outcome")?.textContent.startsWith("done"));
  await isUsedEverywhere(page);
  // The address names it by its hash.
  await page.click("#tab-generate");
  await page.waitForFunction(() => /hash=/.test(location.search) && !/model=/.test(location.search));
  await page.reload();
  await page.waitForFunction(() => /^Yours, \d+ steps?$/.test(document.getElementById("model-name")?.textContent));
  assert.ok(await page.isEnabled("input[name=sampler][value=analytic]"), "its table is kept with it");
  // After a reload it is offered again.
  await page.goto(`${site.origin}/?model=/tiny/&backend=cpu&train=pictures#train`);
  await page.waitForSelector("#train-models li");
  await page.waitForSelector("#train-kept");
  await page.waitForSelector("#loading", { state: "hidden" });
  const again = await savedZip(page, '#train-models [id^="save-"]');
  assert.deepEqual(again, entries, "the same files as before");
  await page.click('#train-models [id^="use-"]');
  await page.waitForFunction(() => /^Yours/.test(document.getElementById("model-name")?.textContent));
  await page.click("#tab-train");
  await page.click('#train-models [id^="forget-"]');
  await page.waitForSelector("#train-models", { state: "detached" });
  assert.deepEqual(page.complaints, []);
});

/** Notes what the library is asked to train, and trains nothing. */
function noteLessons(page) {
  return page.evaluate(async () => {
    const { Diffuser } = await import("/pkg/index.js");
    globalThis.lessons = [];
    globalThis.train = Diffuser.prototype.train;
    Diffuser.prototype.train = function (data, options) {
      globalThis.diffuser = this;
      globalThis.lessons.push({ data, options });
      throw new Error(`lesson ${globalThis.lessons.length} was noted`);
    };
  });
}

/** Takes a step of each training that was noted, with a small network, and lets the page train again. */
function trainNoted(page) {
  return page.evaluate(async () => {
    const [{ data }] = globalThis.lessons;
    const taken = [];
    for (const { options } of globalThis.lessons) {
      const { signal: _, onProgress: __, ...own } = options;
      const network = { block_out_channels: [4, 8, 8], norm_num_groups: 2 };
      const trainer = await globalThis.train.call(globalThis.diffuser, data, { ...own, network, batch: 2 });
      for await (const { step, terms } of trainer) {
        taken.push([own.objective, own.prediction, step >= 1, Number.isFinite(terms.mse)].join(" "));
        break;
      }
      trainer.dispose();
    }
    const { Diffuser } = await import("/pkg/index.js");
    Diffuser.prototype.train = globalThis.train;
    return taken;
  });
}

/** A start that fails says why. */
const untilProblem = (page, words) =>
  page.waitForFunction((words) => document.getElementById("run-problem")?.textContent === words, words);

const OBJECTIVES = "l_simple l_vlb l_hybrid k_2015 j_sigma vdm_discrete vdm_continuous vdm_weighted".split(" ");
const values = (page, name) => page.$$eval(`input[name=${name}]`, (inputs) => inputs.map(({ value }) => value));

test("pictures have every objective that the library takes, with its equation; a link, a reload and the plots know which", async () => {
  const asked = "train=pictures&train-objective=j_sigma&train-eta=0.5&train-prediction=mu";
  const page = await openPictures(browser, site, asked);
  assert.match(await text(page, "run-problem"), /^Ignored train-prediction=mu in the link/);
  assert.ok(await page.isChecked("input[name=train-objective][value=j_sigma]"));
  assert.equal(await page.inputValue("#train-eta"), "0.5");
  assert.deepEqual(await values(page, "train-objective"), OBJECTIVES);
  assert.deepEqual(await values(page, "train-prediction"), ["epsilon", "sample", "v_prediction"]);
  await noteLessons(page);
  const wanted = [
    ...OBJECTIVES.map((objective) => [objective, "v_prediction"]),
    ["l_simple", "epsilon"],
    ["l_vlb", "sample"],
  ];
  const said = new Set();
  for (const [n, [objective, prediction]] of wanted.entries()) {
    await choose(page, "train-objective", objective);
    await choose(page, "train-prediction", prediction);
    if (objective === "l_vlb" && prediction === "sample") await choose(page, "train-variance", "learned");
    said.add(await page.textContent("#train-objective"));
    await isEquationWhole(page, objective);
    await page.click("#generate");
    await untilProblem(page, `Lesson ${n + 1} was noted.`);
  }
  // A bound weighs the error of the noise, whatever is predicted.
  assert.equal(said.size, wanted.length - 1, "each has an equation and a sentence of its own");
  assert.deepEqual(
    await trainNoted(page),
    wanted.map(([objective, prediction]) => `${objective} ${prediction} true true`),
  );
  await choose(page, "train-objective", "vdm_continuous");
  await choose(page, "train-gamma", "learned");
  await trainBriefly(page);
  assert.equal(await text(page, "run-problem"), "");
  assert.deepEqual(await values(page, "train-plot"), ["loss", "variance", "gamma", "bits"]);
  await page.waitForSelector("#train-bits");
  assert.match(page.url(), /train-objective=vdm_continuous.*train-gamma=learned/);
  await page.goto(`${site.origin}/?model=/tiny/&backend=cpu&train=pictures#train`);
  await page.waitForSelector("#loading", { state: "hidden" });
  await page.click("#train-go-on");
  await page.waitForFunction(() => /^step/.test(document.getElementById("train-state")?.textContent));
  assert.ok(await page.isChecked("input[name=train-objective][value=vdm_continuous]"));
  assert.ok(await page.isChecked("input[name=train-gamma][value=learned]"));
  assert.deepEqual(page.complaints, []);
});

test("pictures that are learnt are kept every minute, and a hidden tab pauses the training until it is shown again", async () => {
  const page = await openPictures(browser, site);
  await choose(page, "train-minutes", "15");
  await page.click("#generate");
  await page.waitForFunction(() => /^step [1-9]/.test(document.getElementById("train-state")?.textContent));
  await isKeptEveryMinute(page, "pictures");
  await isPausedWhereHidden(page);
  // Two of the fifteen minutes are over by the page's clock. Where all are, it ends by itself, and keeps what it can.
  await page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("no room", "QuotaExceededError");
    };
    performance.now = () => globalThis.realNow() + 16 * 60_000;
  });
  await page.waitForFunction(() => /^stopped at/.test(document.getElementById("train-state")?.textContent));
  assert.match(
    await text(page, "train-state"),
    /^stopped at step [\d,]+ · not kept, for this browser's storage is full or blocked$/,
  );
  assert.deepEqual(page.complaints, []);
});

test("one draws pictures with mouse and keyboard, adds and removes them, and is told how many are needed", async () => {
  const page = await openPictures(browser, site);
  await choose(page, "train-source", "own");
  await page.click("#generate");
  await page.waitForFunction(() => /At least 4 pictures/.test(document.getElementById("run-problem")?.textContent));
  const { x, y } = await page.locator("#train-pixels").boundingBox();
  await page.mouse.move(x + 20, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + 90, y + 20, { steps: 4 });
  await page.mouse.up();
  await page.focus("#train-pixels");
  for (const key of ["ArrowDown", "ArrowDown", " "]) await page.keyboard.press(key);
  await page.click("#train-pixels-add");
  await page.click("#train-pixels-flip");
  await page.click("#train-pixels-add");
  assert.equal(await page.locator("#train-own button").count(), 2);
  await page.click("#train-own button");
  assert.equal(await page.locator("#train-own button").count(), 1);
  assert.match(await page.getAttribute("#train-grid", "aria-label"), /^1 picture to learn from$/);
});

for (const [name, options] of Object.entries({
  "on a desktop": { viewport: { width: 1440, height: 900 } },
  "on a phone": { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true },
})) {
  test(`${name} nothing in the pixel editor touches anything else or leaves the panel, in either language`, async () => {
    for (const lang of ["en", "de"]) {
      const page = await openPictures(browser, site, `train=pictures&lang=${lang}`, options);
      await choose(page, "train-source", "own");
      await page.waitForSelector("#train-pixels-clear");
      const wrong = await page.evaluate(() => {
        const parts = [...document.querySelectorAll(".pixels :is(.paper, .segments, .palette, button)")];
        const boxes = parts.map((part) => part.getBoundingClientRect());
        const right = document.querySelector(".pixels").getBoundingClientRect().right;
        const apart = (a, b) => Math.max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom);
        const near = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => apart(a, b) < 5));
        const spilt = [...document.querySelectorAll(".pixels :not(.unseen)")].filter(
          (part) => part.getBoundingClientRect().right > right + 1.5 || part.scrollWidth > part.clientWidth + 1,
        );
        return [parts.length, near.length, ...spilt.map((part) => part.outerHTML.slice(0, 80))];
      });
      assert.deepEqual(wrong, [7, 0], lang);
      await page.context().close();
    }
  });
}

test("one's own pictures have 16 or 28 pixels a side, and those of each size are kept", async () => {
  const page = await openPictures(browser, site);
  assert.equal(await page.locator("input[name=train-side]").count(), 0, "the sprites have one size");
  await choose(page, "train-source", "own");
  const said = () => page.getAttribute("#train-grid", "aria-label");
  const side = () => page.$eval("#train-pixels canvas", ({ width, height }) => [width, height]);
  assert.deepEqual(await side(), [16, 16]);
  await drawPictures(page, 1);
  await choose(page, "train-side", "28");
  assert.deepEqual(await side(), [28, 28]);
  assert.equal(await page.locator("#train-own button").count(), 0);
  // The corner at the lower right is the 28th pixel both ways.
  await page.focus("#train-pixels");
  for (let i = 0; i < 15; i++) for (const key of ["ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  await page.keyboard.press(" ");
  await page.waitForFunction(() => document.getElementById("announce")?.textContent === "Column 28, row 28.");
  const corner = await page.$eval("#train-pixels canvas", (c) => [
    ...c.getContext("2d").getImageData(27, 27, 1, 1).data,
  ]);
  assert.deepEqual(corner, [242, 69, 58, 255], "the palette's red");
  await drawPictures(page, 2);
  assert.equal(await said(), "2 pictures to learn from");
  await choose(page, "train-side", "16");
  assert.equal(await said(), "1 picture to learn from");
  await choose(page, "train-side", "28");
  assert.equal(await said(), "2 pictures to learn from");
});

test("files of any size that are chosen or dropped are pictures to learn from; another file is refused by name, and too many are", async () => {
  const page = await openPictures(browser, site);
  const drawnOf = (...size) =>
    page.evaluate(async ([width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext("2d").fillRect(2, 2, 9, 9);
      return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
    }, size);
  const [file, ...others] = await Promise.all([drawnOf(20, 20), drawnOf(31, 7), drawnOf(300, 200)]);
  await choose(page, "train-source", "own");
  const fileOf = (bytes, n) => ({ name: `${n}.png`, mimeType: "image/png", buffer: Buffer.from(bytes) });
  const files = [file, ...others].map(fileOf);
  await page.setInputFiles("#train-files", files);
  await page.waitForFunction(() => document.querySelectorAll("#train-own button").length === 3);
  await page.evaluate((bytes) => {
    const dataTransfer = new DataTransfer();
    for (const name of ["a.png", "b.png"]) dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, file);
  await page.waitForFunction(() => document.querySelectorAll("#train-own button").length === 5);
  await page.setInputFiles("#train-files", { name: "no.png", mimeType: "image/png", buffer: Buffer.from("no") });
  await page.waitForFunction(() =>
    /no\.png is not a picture/.test(document.getElementById("run-problem")?.textContent),
  );
  assert.equal(await page.locator("#train-own button").count(), 5, "those of before stay");
  await page.setInputFiles("#train-files", new Array(196).fill(file).map(fileOf));
  await page.waitForFunction(
    () => document.getElementById("run-problem")?.textContent === "At most 200 pictures can be learnt from.",
  );
  assert.equal(await page.locator("#train-own button").count(), 5);
  const sizes = await page.$$eval("#train-own canvas", (all) => all.map(({ width, height }) => `${width} ${height}`));
  assert.deepEqual(new Set(sizes), new Set(["16 16"]), "all have one size");
});

test("axe finds nothing on the pictures, and nothing is wider than the screen", async () => {
  const page = await openPictures(browser, site);
  for (const source of ["set", "own"]) {
    await choose(page, "train-source", source);
    if (source === "own") await page.click("#train-pixels-add");
    assert.deepEqual(await faultsOnScreens(page), [], source);
  }
});
