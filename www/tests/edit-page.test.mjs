// The room "Edit": a picture is given, painted over, drawn and noised, and the model makes something of it; in Chromium and in Firefox.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, test } from "node:test";
import { faultsOnScreens } from "./axe.mjs";
import { firefoxPage, launchFirefox } from "./firefox.mjs";
import { setUp } from "./helpers.mjs";
import { pageParts, plainRun } from "./page-pictures.mjs";
import { choose, openPage, problem, slowSteps, text, untilRun } from "./page-site.mjs";

/** Side of the tiny model's pictures, and a picture of that size: each pixel another grey. */
const SIDE = 8;
const GREYS = Array.from({ length: SIDE * SIDE }, (_, i) => 4 * i);

const { browser, site } = await setUp();
await site.putVariant("colour");
afterEach(() => {
  site.drop("/pkg/cpu/unnoise.js");
  return Promise.all(browser.contexts().map((context) => context.close()));
});

/** A PNG of grey pixels, made in the page. */
const png = (page, width, greys, name = "picture.png") =>
  page.evaluate(
    async ([width, greys, name]) => {
      const canvas = new OffscreenCanvas(width, greys.length / width);
      const rgba = Uint8ClampedArray.from(greys.flatMap((grey) => [grey, grey, grey, 255]));
      canvas.getContext("2d").putImageData(new ImageData(rgba, width), 0, 0);
      return { name, bytes: [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())] };
    },
    [width, greys, name],
  );

async function openEdit(query = "", options = {}) {
  const page = await openPage(browser, site, `steps=3&seed=4&class=a&images=2&${query}`, options);
  await page.click("#tab-edit");
  await page.waitForSelector("#easel");
  return page;
}

/** Opens a file as the picture. */
async function give(page, { name, bytes }) {
  await page.setInputFiles("#edit-file", { name, mimeType: "image/png", buffer: Buffer.from(bytes) });
  await page.waitForFunction((n) => document.getElementById("edit-told")?.textContent.includes(n), name);
}

/** Opens the room with the picture of all greys. */
async function openWithPicture(query, options) {
  const page = await openEdit(query, options);
  await give(page, await png(page, SIDE, GREYS));
  return page;
}

/** The red values of canvases, pixel by pixel: those of a result are its greys. */
const redOn = (page, selector) =>
  page.$$eval(selector, (canvases) =>
    canvases.map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return [...data].filter((_, i) => i % 4 === 0);
    }),
  );

const results = (page) => redOn(page, ".shots canvas");
const picture = async (page) => (await redOn(page, "#edit-picture"))[0];

const untilDone = (page) =>
  page.waitForFunction(() => /done in|fertig/.test(document.querySelector("#edit-results .edge")?.textContent ?? ""));

async function generate(page) {
  await page.click("#generate");
  await page.waitForSelector('#edit-results[aria-busy="true"], #edit-results[aria-busy="false"] .shots');
  await untilDone(page);
}

/** Paints from one pixel to another with the mouse. */
async function paint(page, [fromX, fromY], [toX, toY]) {
  const easel = page.locator("#easel");
  await easel.evaluate((element) => element.scrollIntoView({ block: "center" }));
  const { x, y, width } = await easel.boundingBox();
  const at = (column, row) => [x + ((column + 0.5) * width) / SIDE, y + ((row + 0.5) * width) / SIDE];
  await page.mouse.move(...at(fromX, fromY));
  await page.mouse.down();
  await page.mouse.move(...at(toX, toY), { steps: 4 });
  await page.mouse.up();
}

/** Sets a slider of the room. */
const slide = (page, id, value) =>
  page.$eval(
    `#${id}`,
    (slider, value) => {
      slider.value = String(value);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    },
    value,
  );

/** Paints over the lowest two rows. */
async function paintLowest(page) {
  await slide(page, "edit-size", 1);
  await paint(page, [0, 6], [7, 6]);
  await paint(page, [0, 7], [7, 7]);
}

for (const method of ["noised", "clean", "repaint"]) {
  test(`Fill in (${method}) keeps what is not painted over to the last byte, and makes the rest as the library does`, async () => {
    const page = await openWithPicture("sampler=ddpm");
    await paintLowest(page);
    await choose(page, "edit-fill", method);
    if (method === "repaint") {
      await page.fill("#edit-jump", "1");
      await page.fill("#edit-resample", "2");
      await page.press("#edit-resample", "Tab");
    }
    await generate(page);
    const found = await results(page);
    assert.equal(found.length, 2);
    for (const greys of found) {
      assert.deepEqual(greys.slice(0, 48), GREYS.slice(0, 48));
      assert.notDeepEqual(greys.slice(48), GREYS.slice(48));
    }
    const known = {
      x: GREYS.map((grey) => grey / 127.5 - 1),
      mask: GREYS.map((_, i) => Number(i < 48)),
      method,
      ...(method === "repaint" && { jump: 1, resample: 2 }),
    };
    const options = { sampler: "ddpm", variance: "small", steps: 3, seed: 4, batch: 2, labels: [0], clip: "x0", known };
    assert.deepEqual(found, await plainRun(page, options));
    const steps = method === "repaint" ? "5" : "3";
    assert.equal((await text(page, "edit-count")).split(" / ")[1], steps);
    assert.deepEqual(page.complaints, []);
  });
}

test("what is painted over can be undone, done again, inverted, erased and cleared", async () => {
  const page = await openWithPicture();
  const plain = await picture(page);
  assert.deepEqual(plain, GREYS);
  await slide(page, "edit-size", 1);
  await paint(page, [0, 0], [7, 0]);
  const painted = await picture(page);
  assert.deepEqual(painted.slice(8), plain.slice(8));
  assert.ok(painted.slice(0, 8).every((red, i) => red > plain[i] + 100));
  await page.click("#edit-undo");
  assert.deepEqual(await picture(page), plain);
  await page.click("#edit-redo");
  assert.deepEqual(await picture(page), painted);
  await page.focus("#easel");
  await page.keyboard.press("Control+z");
  assert.deepEqual(await picture(page), plain);
  await page.keyboard.press("Control+Shift+z");
  await page.click("#edit-invert");
  const inverted = await picture(page);
  assert.deepEqual(inverted.slice(0, 8), plain.slice(0, 8));
  assert.notDeepEqual(inverted.slice(8), plain.slice(8));
  await page.check("#edit-erases");
  await paint(page, [0, 1], [7, 1]);
  assert.deepEqual((await picture(page)).slice(0, 16), plain.slice(0, 16));
  await page.click("#edit-clear");
  assert.deepEqual(await picture(page), plain);
  // The picture itself was one state more.
  assert.equal(await page.isDisabled("#edit-redo"), true);
  assert.deepEqual(page.complaints, []);
});

test("the keyboard moves the brush, paints, and says where it is", async () => {
  const page = await openWithPicture();
  await slide(page, "edit-size", 1);
  await page.focus("#easel");
  assert.match(
    await page.getAttribute("#easel", "aria-label"),
    /8 × 8 pixels\. Arrow keys move the brush, Space paints/,
  );
  for (let i = 0; i < 9; i++) await page.keyboard.press("ArrowLeft");
  for (let i = 0; i < 9; i++) await page.keyboard.press("ArrowUp");
  assert.equal(await text(page, "announce"), "Column 1, row 1: 0 % open.");
  await page.keyboard.press("Space");
  assert.equal(await text(page, "announce"), "Column 1, row 1: 100 % open.");
  await page.keyboard.press("Shift+ArrowRight");
  const painted = await picture(page);
  assert.deepEqual(
    painted.flatMap((red, i) => (red === GREYS[i] ? [] : [i])),
    [0, 1],
  );
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  assert.deepEqual(await picture(page), GREYS);
});

test("a picture that is dropped on another view turns to Edit, which tells how it was fitted", async () => {
  const page = await openPage(browser, site, "steps=3&seed=4");
  const wide = await png(page, 32, new Array(32 * 16).fill(90), "wide.png");
  await page.evaluate(({ name, bytes }) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(bytes)], name, { type: "image/png" }));
    document.getElementById("stage").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
  }, wide);
  await page.waitForSelector("#edit-told:not(:empty)");
  assert.equal(await page.getAttribute("#tab-edit", "aria-selected"), "true");
  assert.equal(new URL(page.url()).hash, "#edit");
  assert.equal(
    await text(page, "edit-told"),
    "“wide.png” has 32 × 16 pixels. The middle 16 × 16 are averaged to 8 × 8.",
  );
  assert.deepEqual(await picture(page), new Array(64).fill(90));
  await choose(page, "edit-fit", "pad");
  await page.waitForFunction(() => /the rest/.test(document.getElementById("edit-told")?.textContent));
  assert.match(await text(page, "edit-told"), /averaged to 8 × 4; the rest of 8 × 8 is black\.$/);
  assert.deepEqual((await picture(page)).slice(0, 17), [...new Array(16).fill(0), 90]);
  await choose(page, "edit-fit", "squeeze");
  await page.waitForFunction(() => /averaged to 8 × 8\.$/.test(document.getElementById("edit-told")?.textContent));
  assert.deepEqual(await picture(page), new Array(64).fill(90));
  await give(page, await png(page, SIDE, GREYS, "own.png"));
  assert.equal(await text(page, "edit-told"), "“own.png” has the model’s 8 × 8 pixels: every one is kept.");
  assert.deepEqual(page.complaints, []);
});

test("a picture is pasted, and one that Generate made is taken with a click", async () => {
  const page = await openPage(browser, site, "steps=3&seed=4&images=3&class=a");
  await page.click("#generate");
  await untilRun(page, "done");
  await page.click("#tab-edit");
  await page.click("#edit-made button:nth-child(2)");
  assert.equal(await text(page, "edit-told"), "Image 2 of the 3 just made.");
  const [, second] = await plainRun(page, { steps: 3, seed: 4, batch: 3, labels: [0], clip: "x0" });
  assert.deepEqual(await picture(page), second);
  const { bytes } = await png(page, SIDE, GREYS);
  await page.evaluate((bytes) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([Uint8Array.from(bytes)], "pasted.png", { type: "image/png" }));
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  }, bytes);
  await page.waitForFunction(() => /pasted/.test(document.getElementById("edit-told")?.textContent));
  assert.deepEqual(await picture(page), GREYS);
});

test("a result is looked at beside the picture before, and is the next picture", async () => {
  const page = await openWithPicture();
  await paintLowest(page);
  await generate(page);
  const [, second] = await results(page);
  await page.click(".shots button:nth-child(2)");
  const shown = async () => (await redOn(page, "#edit-result"))[0];
  await slide(page, "edit-split", 0);
  assert.deepEqual(await shown(), second);
  await slide(page, "edit-split", 8);
  assert.deepEqual(await shown(), GREYS);
  await slide(page, "edit-split", 3);
  assert.deepEqual(
    await shown(),
    second.map((grey, i) => (i % 8 < 3 ? GREYS[i] : grey)),
  );
  assert.equal(
    await page.getAttribute("#edit-split", "aria-valuetext"),
    "3 columns of the picture before, 5 of the result",
  );
  await page.click("#edit-go-on");
  assert.deepEqual(await picture(page), second);
  assert.equal(await page.evaluate(() => document.activeElement.id), "easel");
  await page.click("#edit-all");
  assert.equal((await results(page)).length, 2);
  // Its steps are still there to be looked back at.
  await page.fill("#edit-scrub", "1");
  assert.equal(await text(page, "edit-count"), "1 / 3");
  assert.deepEqual(page.complaints, []);
});

test("Begin from it gives the picture back at t = 0, and what the library makes of it further on", async () => {
  const page = await openWithPicture("sampler=ddim");
  await choose(page, "edit-tool", "begin");
  await slide(page, "edit-t", 0);
  assert.match(await page.getAttribute("#edit-t", "aria-valuetext"), /^0 of 999$/);
  await generate(page);
  const near = (found) => found.every((grey, i) => Math.abs(grey - GREYS[i]) <= 6);
  assert.ok((await results(page)).every(near), JSON.stringify(await results(page)));
  await slide(page, "edit-t", 600);
  await page.uncheck("#fresh-seed");
  await page.fill("#seed", "4");
  await generate(page);
  const start = { x: GREYS.map((grey) => grey / 127.5 - 1), t: 600 };
  const plain = await plainRun(page, { steps: 3, seed: 4, batch: 2, labels: [0], clip: "x0", start });
  assert.deepEqual(await results(page), plain);
});

test("a sketch is drawn on an empty picture, in grey or in colour as the model is", async () => {
  const page = await openEdit();
  await choose(page, "edit-tool", "begin");
  await slide(page, "edit-size", 1);
  await slide(page, "edit-grey", 200);
  await paint(page, [0, 0], [7, 0]);
  assert.deepEqual(
    await picture(page),
    GREYS.map((_, i) => (i < 8 ? 200 : 0)),
  );
  await generate(page);
  const colour = await openEdit("", { model: "/colour/" });
  await choose(colour, "edit-tool", "begin");
  await colour.fill("#edit-colour", "#c80a14");
  await paint(colour, [2, 2], [4, 4]);
  const pixel = await colour.$eval("#edit-picture", (canvas) => [
    ...canvas.getContext("2d").getImageData(3, 3, 1, 1).data,
  ]);
  assert.deepEqual(pixel, [200, 10, 20, 255]);
  assert.deepEqual([...page.complaints, ...colour.complaints.filter((complaint) => !/404/.test(complaint))], []);
});

test("Remove noise adds some on demand, keeps the picture, and conditions the run on what is seen", async () => {
  const page = await openWithPicture("sampler=ddpm");
  await choose(page, "edit-tool", "denoise");
  const equations = [];
  for (const method of ["analytic", "constant", "annealed", "level"]) {
    await choose(page, "edit-denoise", method);
    equations.push(await page.textContent("#edit-tool math"));
  }
  assert.equal(new Set(equations).size, 4);
  await page.click("#edit-noise");
  await page.waitForFunction(() => /Take the noise/.test(document.getElementById("edit-noise")?.textContent));
  const noisy = await picture(page);
  assert.notDeepEqual(noisy, GREYS);
  await generate(page);
  const plain = await plainRun(page, { sampler: "ddpm", steps: 3, seed: 4, batch: 2, labels: [0], clip: "x0" });
  assert.notDeepEqual(await results(page), plain);
  await page.click("#edit-noise");
  assert.deepEqual(await picture(page), GREYS);
  await page.fill("#edit-sigma", "-1");
  await page.press("#edit-sigma", "Tab");
  await page.click("#generate");
  assert.match(await problem(page, "edit-sigma"), /^Sigma is -1: it must be a number from 0 to/);
});

test("Between two leads from one picture to another, and asks for the other", async () => {
  const page = await openWithPicture("sampler=ddpm");
  await page.fill("#images", "3");
  await choose(page, "edit-tool", "mix");
  await page.click("#generate");
  assert.match(await problem(page, "edit"), /no other picture yet/);
  await page.click("#edit-keep");
  await page.click("#edit-invert");
  await slide(page, "edit-t", 0);
  await generate(page);
  const [first, middle, last] = await results(page);
  const far = (found, greys) => Math.max(...found.map((grey, i) => Math.abs(grey - greys[i])));
  const inverted = GREYS.map((grey) => 255 - grey);
  // At t = 0 the noise is 0.01 strong, and the network takes it for anything.
  assert.ok(far(first, inverted) < 8 && far(last, GREYS) < 8, `${far(first, inverted)} ${far(last, GREYS)}`);
  assert.ok(far(middle, GREYS) > 60 && far(middle, inverted) > 60);
  await choose(page, "edit-mix", "own");
  await generate(page);
  assert.deepEqual(page.complaints, []);
});

test("Hold says beside its fields what it does not take", async () => {
  const page = await openEdit();
  await choose(page, "edit-tool", "hold");
  await page.fill("#edit-hold-sigma", "-1");
  await page.press("#edit-hold-sigma", "Tab");
  await page.click("#generate");
  assert.match(await problem(page, "edit-hold-sigma"), /^Sigma is -1: it must be a number from 0 to 1,000/);
});

test("Between two takes pictures of any size", async () => {
  const { planned, editOptions, Store } = await pageParts("edit/tools", "edit/state");
  const store = new Store();
  store.reset([3, 256, 256], 1000);
  store.put(new Float32Array(3 * 256 * 256).fill(0.5), "");
  store.keepOther();
  store.tool.value = "mix";
  const { start } = editOptions(store, 3);
  assert.deepEqual([start.x.length, start.at], [2 * 3 * 256 * 256, [0, 0.5, 1]]);
  assert.deepEqual(planned(store), { start: { x: [], t: 500 } });
});

test("Hold brings a region to a colour, and the halves to each other, without a picture, as the library does", async () => {
  const page = await openEdit("sampler=ddpm");
  await page.uncheck("#fresh-seed");
  await choose(page, "edit-tool", "hold");
  await slide(page, "edit-grey", 200);
  await slide(page, "edit-size", 1);
  await paint(page, [0, 0], [7, 0]);
  await page.fill("#edit-hold-sigma", "0");
  await page.press("#edit-hold-sigma", "Tab");
  await generate(page);
  const plain = (potential) =>
    plainRun(page, {
      sampler: "ddpm",
      variance: "small",
      steps: 3,
      seed: 4,
      batch: 2,
      labels: [0],
      clip: "x0",
      potential,
    });
  const regions = [{ colour: [200 / 127.5 - 1], mask: GREYS.map((_, i) => Number(i < 8)) }];
  const held = await results(page);
  assert.deepEqual(held, await plain({ r: "mean-colour", regions, sigma: 0 }));
  await choose(page, "edit-hold", "symmetry");
  await page.click("#generate");
  await page.waitForFunction((before) => {
    const canvas = document.querySelector(".shots canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, 8, 8);
    return /done in/.test(document.querySelector("#edit-results .edge").textContent) && data[0] !== before;
  }, held[0][0]);
  assert.deepEqual(await results(page), await plain({ r: "symmetry", sigma: 0 }));
  assert.deepEqual(page.complaints, []);
});

test("what cannot be used is said in words, and nothing is lost", async () => {
  const page = await openEdit();
  await page.click("#generate");
  assert.match(await problem(page, "edit"), /^There is no picture yet\./);
  await give(page, await png(page, SIDE, GREYS));
  await page.click("#generate");
  assert.match(await problem(page, "edit"), /^Nothing is painted over yet/);
  await page.setInputFiles("#edit-file", {
    name: "notes.png",
    mimeType: "image/png",
    buffer: Buffer.from("no picture"),
  });
  assert.equal(await problem(page, "edit"), "The file notes.png is not a picture that this browser can read.");
  assert.deepEqual(await picture(page), GREYS);
  await paintLowest(page);
  await choose(page, "edit-fill", "repaint");
  await page.fill("#edit-jump", "0");
  await page.press("#edit-jump", "Tab");
  await page.click("#generate");
  assert.match(await problem(page, "edit-jump"), /^The jump is 0: it must be a whole number from 1 to 1,000/);
  await page.fill("#edit-jump", "1");
  await page.press("#edit-jump", "Tab");
  await page.fill("#steps", "0");
  await page.click("#generate");
  assert.match(await problem(page, "steps"), /it must be a whole number/);
});

test("Stop ends a run within a step, and another model takes the picture again from its file", async () => {
  site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(80) });
  const page = await openWithPicture("steps=150");
  await paintLowest(page);
  await page.click("#generate");
  await page.waitForFunction(() => Number.parseInt(document.getElementById("edit-count")?.textContent, 10) >= 1);
  await page.click("#stop");
  await page.waitForFunction(() => /stopped at step/.test(document.getElementById("edit-results")?.textContent));
  assert.equal(await page.isDisabled("#stop"), true);
  assert.equal((await results(page)).length, 2);
  await page.click("#model-change");
  await page.fill("#model-url", "/colour/");
  await page.click("#model-load");
  await page.waitForFunction(
    () => document.getElementById("edit-tool") && !document.getElementById("model-form").offsetParent,
  );
  await choose(page, "edit-layer", "picture");
  await page.waitForSelector("#edit-colour");
  assert.deepEqual(await picture(page), GREYS);
});

/** Glue code after the CPU module's own: a trap, as a Rust panic makes one, in the second step. */
const CRASH = `
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11];
  const trap = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports.t;
  let steps = 0;
  for (const [{ prototype }, name] of [[Run, "step"], [Network, "predictImages"]]) {
    const whole = prototype[name];
    prototype[name] = async function (...given) { if (++steps > 1) trap(); return whole.apply(this, given); };
  }`;

test("after a crash a fresh engine goes on with the picture and what is painted over", async () => {
  site.patch("/pkg/cpu/unnoise.js", { after: CRASH });
  const page = await openWithPicture();
  await paintLowest(page);
  const painted = await picture(page);
  await page.click("#generate");
  await page.waitForSelector("#crash", { state: "visible" });
  site.drop("/pkg/cpu/unnoise.js");
  await page.click("#restart");
  await page.waitForSelector("#loading", { state: "hidden" });
  await page.click("#tab-edit");
  assert.deepEqual(await picture(page), painted);
  await generate(page);
  for (const greys of await results(page)) assert.deepEqual(greys.slice(0, 48), GREYS.slice(0, 48));
});

/** What the sheet "Share" has in one of its forms. */
async function shared(page, form) {
  await page.click("#share-open");
  await choose(page, "share-as", form);
  await page.waitForFunction(() => document.getElementById("share-hint").textContent !== "");
  const found = { text: await page.inputValue("#share-text"), hint: await text(page, "share-hint") };
  await page.keyboard.press("Escape");
  return found;
}

/** The ways to make an edit: what is chosen before Generate. */
const EDITS = {
  fill: async (page) => {
    await page.check("#edit-soft");
    await slide(page, "edit-size", 4);
    await paint(page, [2, 5], [6, 5]);
  },
  begin: async (page) => {
    await choose(page, "edit-tool", "begin");
    await slide(page, "edit-t", 640);
  },
  mix: async (page) => {
    await choose(page, "edit-tool", "mix");
    await page.click("#edit-keep");
    await page.click("#edit-invert");
    await slide(page, "edit-t", 640);
  },
  denoise: async (page) => {
    await choose(page, "edit-tool", "denoise");
    await page.click("#edit-noise");
    await page.waitForFunction(() => /Take the noise/.test(document.getElementById("edit-noise")?.textContent));
  },
};

EDITS.hold = async (page) => {
  await choose(page, "edit-tool", "hold");
  await slide(page, "edit-grey", 230);
  await paint(page, [1, 1], [4, 4]);
};

/** The greys of the images that Share's element makes in a page of its own. */
async function madeByElement(page, code) {
  site.put("/edit-element.html", {
    type: "text/html; charset=utf-8",
    body: `<!doctype html><title>post</title>${code}`,
  });
  await page.goto(`${site.origin}/edit-element.html`);
  return page.evaluate(async () => {
    await customElements.whenDefined("diffusion-sampler");
    const element = document.querySelector("diffusion-sampler");
    const complete = new Promise((resolve) => element.addEventListener("complete", ({ detail }) => resolve(detail)));
    await element.generate();
    return (await complete).images.map(({ data }) => [...data].filter((_, i) => i % 4 === 0));
  });
}

for (const [tool, prepare] of Object.entries(EDITS)) {
  test(`an edit (${tool}) is made again by its link, by the TypeScript of Share, and by the PNG of Save`, async () => {
    const page = await openWithPicture("sampler=ddpm");
    await prepare(page);
    await generate(page);
    const made = await results(page);

    const { text: link } = await shared(page, "link");
    const other = await (await browser.newContext()).newPage();
    await other.goto(link);
    // A link that names a picture makes it by itself.
    await other.waitForSelector("#edit-results .shots");
    assert.equal(new URL(other.url()).hash, "#edit");
    await untilDone(other);
    assert.deepEqual(await results(other), made);

    const { text: code } = await shared(page, "api");
    site.put("/edit-code.html", {
      type: "text/html; charset=utf-8",
      body: `<!doctype html><title>code</title><body><script type="module">${code}\ndocument.title = "ran";</script>`,
    });
    await other.goto(`${site.origin}/edit-code.html`);
    await other.waitForFunction(() => document.title === "ran");
    assert.deepEqual(await redOn(other, "canvas"), made);

    assert.match((await shared(page, "python")).hint, /as a link or as TypeScript/);
    const { text: element, hint } = await shared(page, "embed");
    if (tool === "fill" || tool === "begin") assert.deepEqual(await madeByElement(other, element), made);
    else assert.match(hint, /as a link or as TypeScript/);
    await page.click("#save-open");
    await page.waitForSelector("#save-png:not(:disabled)");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-png")]);
    const bytes = new Uint8Array(await readFile(await download.path()));
    const third = await openPage(browser, site, "steps=9&seed=1");
    await third.evaluate((bytes) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(bytes)], "saved.png", { type: "image/png" }));
      document.getElementById("stage").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
    }, bytes);
    await third.waitForFunction(() => /restored|settings of/.test(document.getElementById("cost")?.textContent));
    await generate(third);
    assert.deepEqual(await results(third), made);
    assert.deepEqual([...page.complaints, ...third.complaints], []);
  });
}

test("a picture that is too large for a link is left out of it, which both sides say; texts that make no sense are refused", async () => {
  const page = await openEdit("edit=fill&method=clean&picture=abc");
  assert.match(await problem(page, "edit"), /^Ignored picture=abc/);
  const absent = await openEdit("edit=begin&t=77");
  assert.match(await problem(absent, "edit"), /^The picture is not in the link\./);
  assert.equal(await absent.inputValue("#edit-t"), "77");
  const { fits, fitted } = await pageParts("share/edit");
  const parameters = { edit: "fill", picture: "x".repeat(2040), mask: "yy" };
  assert.deepEqual([fits(parameters, "link"), fitted(parameters, "link")], [true, parameters]);
  const larger = { ...parameters, mask: "y".repeat(9) };
  assert.deepEqual([fits(larger, "link"), fitted(larger, "link")], [false, { edit: "fill" }]);
  assert.deepEqual(fitted(larger, "file"), larger);
});

test("the address opens the room, and it speaks German", async () => {
  const context = await browser.newContext({ locale: "de-DE", reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${site.origin}/?model=/tiny/&backend=cpu&steps=3&images=1#edit`);
  await page.waitForSelector("#easel");
  await page.waitForSelector("#loading", { state: "hidden" });
  await page.click("#generate");
  assert.match(await problem(page, "edit"), /^Es gibt noch kein Bild\./);
  await give(page, await png(page, SIDE, GREYS));
  assert.equal(await text(page, "edit-told"), "„picture.png“ hat die 8 × 8 Pixel des Modells: Jedes bleibt.");
  assert.match(await text(page, "edit-panel"), /Ausfüllen/);
});

test("axe-core finds nothing in any tool, and nothing is wider than the screen", async () => {
  const page = await openWithPicture("");
  assert.deepEqual(await faultsOnScreens(page), []);
  for (const tool of ["begin", "mix", "denoise", "hold", "fill"]) {
    await choose(page, "edit-tool", tool);
    for (const part of ["#edit-panel", "#edit"]) assert.deepEqual(await faultsOnScreens(page, part), [], tool);
  }
  await paintLowest(page);
  await generate(page);
  assert.deepEqual(await faultsOnScreens(page, "#edit"), [], "results");
  await page.click(".shots button");
  assert.deepEqual(await faultsOnScreens(page, "#edit"), [], "before and after");
});

test("in Firefox a picture is drawn by the keyboard, filled in and looked at", async () => {
  const firefox = await launchFirefox();
  after(() => firefox.close());
  const page = await firefoxPage(firefox, `${site.origin}/?model=/tiny/&backend=cpu&steps=3&images=2&seed=4#edit`);
  await page.waitForFunction(() => document.getElementById("easel") && document.getElementById("loading")?.hidden);
  await page.click('label:has(input[name="edit-layer"][value="picture"])');
  await page.focus("#easel");
  await page.keyboard.press(" ");
  await page.click('label:has(input[name="edit-layer"][value="open"])');
  await page.focus("#easel");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press(" ");
  const before = await page.$eval("#edit-picture", (canvas) => canvas.width);
  assert.equal(before, SIDE);
  await page.click("#generate");
  await page.waitForFunction(() => /done in/.test(document.querySelector("#edit-results .edge")?.textContent ?? ""));
  await page.click(".shots button");
  await page.waitForSelector("#edit-split");
  assert.deepEqual(page.complaints, []);
});
