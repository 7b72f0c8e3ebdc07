// The gallery behind "change…": the bundled models as cards, those that were trained here, and what the controls begin with.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { faults } from "./axe.mjs";
import { setUp } from "./helpers.mjs";
import { openPage, problem, text } from "./page-site.mjs";
import { tinyConfig, tinyScheduler, tinyWeights } from "./tiny-model.mjs";

const { browser, site } = await setUp();
const DEFAULTS = { sampler: "ddim", eta: 0.5, steps: 7, trajectory: "trailing", clip: "x0-eps", guidance: 1.5 };
/** The small bundled model, and the tiny network in the place of the other one. */
const CLOTHES = { model: "models/fashion-mnist/" };
const asEmoji = (defaults = DEFAULTS) => {
  site.putModel("/models/emoji/", { defaults });
  for (const name of ["unet/diffusion_pytorch_model.fp16.safetensors", "analytic_dpm.json"]) {
    site.put(`/models/emoji/${name}`, { status: 404 });
  }
};
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const named = (page, name) =>
  page.waitForFunction((expected) => document.getElementById("model-name")?.textContent === expected, name);
const settings = (page) =>
  page.evaluate(() => {
    const value = (id) => document.getElementById(id).value;
    const [eta, steps, guidance] = ["eta", "steps", "guidance"].map((id) => Number(value(id)));
    const { value: sampler } = document.querySelector("[name=sampler]:checked");
    return { sampler, eta, steps, trajectory: value("trajectory"), clip: value("clip"), guidance };
  });
async function opened(page) {
  await page.click("#model-change");
  await page.waitForSelector(".model-card");
}
const current = (page) => page.$$eval('.model-card[aria-current="true"] b', (names) => names.map((b) => b.textContent));

test("the bundled models are cards, each with its picture, size and licence; the loaded one is marked and has the focus", async () => {
  const page = await openPage(browser, site, "", CLOTHES);
  await opened(page);
  const cards = await page.$$eval(".model-card", (cards) => cards.map((card) => card.innerText));
  const listed = JSON.parse(await readFile(new URL("../../site/models.json", import.meta.url), "utf8"));
  assert.ok(listed.length >= 2);
  assert.equal(cards.length, listed.length);
  assert.match(
    cards[1],
    /^Fashion-MNIST\n.*Clothes.*\n.*3\.3 MB to download\.\n.*1\.6 M parameters, 28 × 28\.\n.*Data: MIT\.$/s,
  );
  assert.match(cards[0], /^Emoji\n.*32 × 32 colour/s);
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".model-card img")].every((image) => image.naturalWidth > 50),
  );
  const cut = await page.$$eval(".shown", (boxes) =>
    boxes.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map(({ innerHTML }) => innerHTML),
  );
  assert.deepEqual(cut, [], "pictures that are cut");
  await current(page, "Fashion-MNIST");
  await page.waitForFunction(() => document.activeElement.classList.contains("model-card"));
  for (const [width, height] of [
    [320, 640],
    [390, 844],
    [768, 1024],
    [1280, 800],
  ]) {
    await page.setViewportSize({ width, height });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, String(width));
    assert.deepEqual(await faults(page), [], String(width));
  }
  assert.deepEqual(page.complaints, []);
});

test("a card loads its model by the keyboard, and the controls take its defaults and its classes", async () => {
  asEmoji();
  const page = await openPage(browser, site, "", CLOTHES);
  assert.deepEqual((await settings(page)).sampler, "analytic");
  await opened(page);
  await page.waitForFunction(() => document.activeElement.classList.contains("model-card"));
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await named(page, "Emoji");
  await page.waitForSelector("#model-form", { state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.id), "model-change");
  assert.deepEqual(await settings(page), DEFAULTS);
  assert.deepEqual(await page.$$eval("#class-chips label", (chips) => chips.map((chip) => chip.textContent)), [
    "one of each",
    "any",
    "a",
    "b",
  ]);
  assert.equal(await page.locator("#class-chips .tile").count(), 2);
  await opened(page);
  await current(page, "Emoji");
  await page.click(".model-card >> nth=1");
  await named(page, "Fashion-MNIST");
  assert.deepEqual(await settings(page), {
    sampler: "analytic",
    eta: 0,
    steps: 50,
    trajectory: "leading",
    clip: "x0",
    guidance: 1,
  });
  assert.equal(await page.locator("#class-chips .tile").count(), 10);
});

test("a model that cannot be loaded is said, and the one that was there stays and is marked", async () => {
  asEmoji({ steps: 0 });
  const page = await openPage(browser, site, "", CLOTHES);
  await opened(page);
  await page.click(".model-card >> nth=0");
  assert.match(
    await problem(page, "model"),
    /^In defaults\.json steps is 0; it must be .*Fashion-MNIST stays loaded\.$/,
  );
  assert.equal(await page.isVisible("#model-form"), true);
  assert.equal(await text(page, "model-name"), "Fashion-MNIST");
  await current(page, "Fashion-MNIST");
});

test("what the visitor or an address without a hash has set stays; what a whole link has set is its model's alone", async () => {
  asEmoji();
  const page = await openPage(browser, site, "steps=9&clip=none", CLOTHES);
  await page.click("#more summary");
  await page.fill("#guidance", "3");
  await opened(page);
  await page.click(".model-card >> nth=0");
  await named(page, "Emoji");
  assert.deepEqual(await settings(page), { ...DEFAULTS, steps: 9, clip: "none", guidance: 3 });

  const { hash } = await page.evaluate(async () => {
    const { Diffuser } = await import("/pkg/index.js");
    return (await (await Diffuser.create({ backend: "cpu" })).load("/models/fashion-mnist/")).info;
  });
  const link = `hash=${hash.slice(0, 12)}&sampler=ddpm&variance=small&steps=9&guidance=2&trajectory=even&clip=none`;
  const other = await openPage(browser, site, link, CLOTHES);
  assert.deepEqual((({ steps, guidance }) => [steps, guidance])(await settings(other)), [9, 2]);
  await opened(other);
  await other.click(".model-card >> nth=0");
  await named(other, "Emoji");
  assert.deepEqual(await settings(other), DEFAULTS);
});

test("defaults.json among files from this computer is read with them", async () => {
  const page = await openPage(browser, site);
  const file = (name, buffer) => ({ name, mimeType: "application/octet-stream", buffer });
  const json = (name, value) => file(name, Buffer.from(JSON.stringify(value)));
  await page.click("#model-change");
  await page.setInputFiles("#model-files", [
    json("config.json", tinyConfig),
    json("scheduler_config.json", tinyScheduler),
    json("labels.json", ["a", "b", "no class"]),
    json("defaults.json", DEFAULTS),
    file("w.safetensors", Buffer.from(tinyWeights())),
  ]);
  await named(page, "Files of yours");
  assert.deepEqual(await settings(page), DEFAULTS);
});

test("a link made with defaults makes the same run after these have changed", async () => {
  asEmoji();
  const page = await openPage(browser, site, "", { model: "models/emoji/" });
  await named(page, "Emoji");
  await page.fill("#seed", "5");
  await page.click("#share-open");
  await page.waitForSelector("#share-copy:not(:disabled)");
  const link = new URL(await page.inputValue("#share-text"));
  for (const [name, value] of Object.entries(DEFAULTS)) assert.equal(link.searchParams.get(name), String(value), name);
  asEmoji({ sampler: "ddpm", variance: "large", steps: 90, trajectory: "even", clip: "none", guidance: 4 });
  const again = await openPage(browser, site, link.search, { model: "" });
  await named(again, "Emoji");
  assert.deepEqual(await settings(again), DEFAULTS);
});

test("a model that was trained here has a card, and is loaded from it", async () => {
  const page = await openPage(browser, site);
  await page.evaluate(
    async ([config, scheduler, weights]) => {
      const files = { config, scheduler, labels: ["a", "b", "no class"], weights: new Uint8Array(weights).buffer };
      const digits = [...new Uint8Array(await crypto.subtle.digest("SHA-256", files.weights))];
      const hash = digits.map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const model = { files, name: "Yours, 40 steps", parameters: 12_345, step: 40, pictures: 6 };
      const request = indexedDB.open("unnoise-train");
      request.onupgradeneeded = () => request.result.createObjectStore("trainings");
      await new Promise((resolve) => Object.assign(request, { onsuccess: resolve }));
      const store = request.result.transaction("trainings", "readwrite").objectStore("trainings");
      const put = store.put(model, `model-${hash}`);
      await new Promise((resolve) => Object.assign(put, { onsuccess: resolve }));
      request.result.close();
    },
    [
      tinyConfig,
      tinyScheduler,
      new Uint8Array(tinyWeights((name, values) => name === "conv_out.bias" && values.fill(0.25))),
    ],
  );
  await opened(page);
  await page.waitForSelector(".model-card >> nth=2");
  assert.match(
    await page.innerText(".model-card >> nth=2"),
    /^Yours, 40 steps\n.*6 pictures, 40 steps\.\n.*12 k parameters\.$/s,
  );
  await page.click(".model-card >> nth=2");
  await named(page, "Yours, 40 steps");
  await opened(page);
  await current(page, "Yours, 40 steps");
});

test("without defaults.json the trajectory is the scheduler's, or leading where it says none", async () => {
  for (const [timestep_spacing, expected] of [
    ["trailing", "trailing"],
    ["linspace", "linspace"],
    [undefined, "leading"],
  ]) {
    site.putModel("/spaced/", { scheduler: { ...tinyScheduler, timestep_spacing } });
    const page = await openPage(browser, site, "", { model: "/spaced/" });
    assert.equal((await settings(page)).trajectory, expected);
  }
});
