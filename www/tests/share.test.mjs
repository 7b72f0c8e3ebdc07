// Share: a link that makes the same picture, and the code that does; bad links; settings that come back from a file.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, count, openPage, pixels, problem, text, untilRun } from "./page-site.mjs";
import { decodePng } from "./png.mjs";
import { tinyScheduler } from "./tiny-model.mjs";

const N = tinyScheduler.num_train_timesteps;
const TABLE = { mean_sq_eps: [0, ...Array.from({ length: N }, (_, t) => 1 - 0.8 * Math.exp(-t / 120))] };

const { browser, site } = await setUp();
site.putModel("/analytic/", { analytic: TABLE });
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const open = async (query, options = {}) => {
  const permissions = ["clipboard-read", "clipboard-write"];
  const page = await openPage(browser, site, query, { model: "/analytic/", permissions, ...options });
  page.complaints = page.complaints.filter((complaint) => !/404/.test(complaint));
  return page;
};

/** What the clipboard holds after Share was asked for this form of the picture. */
async function copied(page, form) {
  await page.click("#share-open");
  await choose(page, "share-as", form);
  await page.waitForSelector("#share-copy:not(:disabled)");
  await page.click("#share-copy");
  await page.waitForFunction(() => document.getElementById("share-copy")?.textContent === "Copied");
  assert.equal(await text(page, "announce"), "Copied");
  await page.keyboard.press("Escape");
  return page.evaluate(() => navigator.clipboard.readText());
}

const generate = async (page) => {
  await page.click("#generate");
  await untilRun(page, "done");
};

/** What the controls are set to by hand: everything that makes a picture differs from its default somewhere here. */
const PICTURES = [
  { query: "sampler=ddim&steps=4&seed=11&images=3&class=each" },
  { query: "sampler=ddim&eta=0.7&steps=5&seed=12&images=2&class=b&guidance=2.5&rng=torch&clip=x0-eps" },
  { query: "sampler=ddpm&variance=large&steps=4&seed=13&images=2&class=any&trajectory=trailing&clip=none" },
  { query: "sampler=ddpm&variance=small&steps=6&seed=14&images=5&class=a&trajectory=quadratic" },
  { query: "sampler=analytic-ddim&eta=0.2&steps=4&seed=15&images=2&class=a&trajectory=optimal&sigmaClip=7" },
  { query: "sampler=vdm&steps=4&seed=9007199254740991&images=1&class=b&trajectory=own" },
  { query: "sampler=vdm&steps=4&seed=0&images=4&class=each&trajectory=even&clip=x0&rng=torch" },
];

for (const { query } of PICTURES) {
  test(`a link makes the same picture: ${query}`, async () => {
    const page = await open(query);
    await generate(page);
    const [picture, caption] = [await pixels(page), await text(page, "caption")];
    const link = await copied(page, "link");
    const asked = new URL(link).searchParams;
    for (const [name, value] of new URLSearchParams(query)) assert.equal(asked.get(name), value, name);
    assert.match(asked.get("hash"), /^[0-9a-f]{12}$/);

    const other = await open(new URL(link).search, { reducedMotion: "no-preference" });
    await untilRun(other, "done");
    assert.equal(await text(other, "caption"), caption);
    assert.equal(await pixels(other), picture);
    assert.deepEqual(await other.$$eval(".problem:not(:empty)", (all) => all.map((p) => p.id)), []);
    assert.deepEqual([...page.complaints, ...other.complaints], []);
  });
}

test("Share is about the picture on the stage, not about controls that were changed since", async () => {
  const page = await open("steps=3&seed=5&class=a&images=1");
  await page.click("#share-open");
  await page.waitForSelector("#share-copy:not(:disabled)");
  assert.match(await text(page, "share-of"), /^Nothing is generated yet\. .*Analytic-DDPM · 3 steps · a · seed 5/);
  await page.keyboard.press("Escape");
  await generate(page);
  await page.fill("#steps", "9");
  assert.equal(new URL(await copied(page, "link")).searchParams.get("steps"), "3");
  assert.match(await text(page, "share-of"), /^The picture shown: Analytic-DDPM · 3 steps · a · seed 5\.$/);
});

test("while a view's code is on its way, Share and Save show nothing of the view before", async () => {
  const page = await open("steps=2&images=1&seed=3");
  await generate(page);
  await page.click("#share-open");
  await page.waitForFunction(() => /seed=3/.test(document.getElementById("share-text")?.value));
  await page.keyboard.press("Escape");
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  const script = await readFile(new URL("../../site/compare.js", import.meta.url));
  site.put("/compare.js", () => held.then(() => ({ type: "text/javascript", body: script })));
  await page.click("#tab-compare");
  await page.click("#share-open");
  await page.waitForFunction(() => document.getElementById("share-text")?.value === "");
  assert.equal(await page.isDisabled("#share-copy"), true);
  await choose(page, "share-as", "embed");
  await choose(page, "share-as", "link");
  assert.deepEqual([await text(page, "share-of"), await page.inputValue("#share-text")], ["", ""]);
  await page.keyboard.press("Escape");
  await page.click("#save-open");
  await page.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => /sheets-later/.test(name)),
  );
  assert.equal(await page.isDisabled("#save-png"), true);
  await page.keyboard.press("Escape");
  await page.click("#share-open");
  release();
  await page.waitForFunction(() => document.getElementById("share-text")?.value.endsWith("#compare"));
  await page.keyboard.press("Escape");
  await page.click("#save-open");
  await page.waitForFunction(() => document.getElementById("save-of")?.textContent.startsWith("There is nothing"));
  site.drop("/compare.js");
});

test("what Share complains of is gone once it is mended", async () => {
  const page = await open("steps=2&images=1&seed=3");
  await page.fill("#steps", "");
  await page.click("#share-open");
  await page.waitForFunction(() => /steps is empty/.test(document.getElementById("share-problem")?.textContent));
  await page.keyboard.press("Escape");
  await page.fill("#steps", "2");
  await page.click("#share-open");
  await page.waitForFunction(() => /steps=2/.test(document.getElementById("share-text")?.value));
  assert.equal(await text(page, "share-problem"), "");
});

test("a link says when it was made with other weights", async () => {
  const page = await open("steps=2&seed=1&images=1&hash=0123456789ab");
  assert.match(
    await problem(page, "model"),
    /other weights: their hash begins with 0123456789ab, that of these with [0-9a-f]{12}\./,
  );
  await generate(page);
});

test("what a link asks for in vain is said beside its control, and the rest is set", async () => {
  const page = await open(
    "seed=7&steps=3&variance=huge&trajectory=zigzag&clip=maybe&sigmaClip=999&guidance=-1&rng=dice&hash=xyz&images=2",
  );
  // Analytic-DDPM has no variance, so that its control does not show.
  assert.match(await problem(page, "run"), /variance=huge.*small, large.*/);
  assert.match(await problem(page, "sigma-clip"), /sigmaClip=999.*0 to 255/);
  assert.match(await problem(page, "trajectory"), /trajectory=zigzag.*leading, trailing/);
  assert.match(await problem(page, "clip"), /clip=maybe.*none, x0, x0-eps/);
  assert.match(await problem(page, "guidance"), /guidance=-1.*0 to 100/);
  assert.match(await problem(page, "rng"), /rng=dice.*philox, torch/);
  assert.match(await problem(page, "model"), /hash=xyz.*first 8 hexadecimal digits/);
  await generate(page);
  assert.deepEqual(await count(page), [3, 3]);
  assert.equal(await text(page, "caption"), "Analytic-DDPM · 3 steps · one of each class · seed 7");
});

test("VDM's own path with another sampler, and the optimal one without a table, are refused in words", async () => {
  const own = await open("sampler=ddim&trajectory=own&steps=2&seed=1");
  assert.match(
    await problem(own, "trajectory"),
    /^Ignored trajectory=own in the link, keeping leading: only VDM has that trajectory\.$/,
  );
  await generate(own);
  const optimal = await open("trajectory=optimal&steps=2&seed=1", { model: "/tiny/" });
  assert.match(await problem(optimal, "trajectory"), /no analytic_dpm\.json.*Even is chosen/);
  await generate(optimal);
});

test("the TypeScript that is copied runs, and makes the same picture", async () => {
  const page = await open("sampler=ddim&eta=0.5&steps=4&seed=21&images=3&class=each&guidance=2");
  await generate(page);
  const code = await copied(page, "api");
  assert.match(code, /import \{ Diffuser \} from "http:.*\/pkg\/index\.js";/);
  const found = await page.evaluate(async (source) => {
    const before = document.querySelectorAll("body > canvas").length;
    const script = Object.assign(document.createElement("script"), { type: "module", textContent: source });
    document.body.append(script);
    while (document.querySelectorAll("body > canvas").length < before + 3) await new Promise(requestAnimationFrame);
    return [...document.querySelectorAll("body > canvas")].map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((_, i) => i % 4 === 0).join();
    });
  }, code);
  const ours = await page.evaluate(async () => {
    const { Diffuser } = await import("./pkg/index.js");
    const diffuser = await Diffuser.create({ backend: "cpu" });
    const model = await diffuser.load("/analytic/");
    const options = { sampler: "ddim", eta: 0.5, steps: 4, seed: 21, batch: 3, labels: [0, 1, 0], guidance: 2 };
    const { images } = await model.sample({ ...options, clip: "x0", trajectory: "leading" }).result();
    return images.map(({ data }) => data.filter((_, i) => i % 4 === 0).join());
  });
  assert.deepEqual(found, ours);
});

test("the element that is copied names every setting", async () => {
  const page = await open("sampler=analytic-ddim&eta=0.25&sigmaClip=3&steps=4&seed=21&images=3&class=each&guidance=2");
  await generate(page);
  await choose(page, "which", "xt");
  const code = await copied(page, "embed");
  const attributes = await page.evaluate((html) => {
    const box = document.createElement("template");
    box.innerHTML = html;
    const [script, element] = box.content.children;
    const all = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
    return { src: script.getAttribute("src"), type: script.type, tag: element.localName, all };
  }, code);
  assert.deepEqual(attributes, {
    src: `${site.origin}/pkg/element.js`,
    type: "module",
    tag: "diffusion-sampler",
    all: {
      model: `${site.origin}/analytic/`,
      labels: "a, b, a",
      batch: "3",
      sampler: "analytic-ddim",
      steps: "4",
      eta: "0.25",
      trajectory: "leading",
      clip: "x0",
      "sigma-clip": "3",
      guidance: "2",
      seed: "21",
      rng: "philox",
      show: "xt",
    },
  });
});

test("the element that is copied makes the same picture in a page of its own", async () => {
  const query =
    "sampler=ddpm&variance=large&steps=4&seed=33&images=2&class=each&rng=torch&guidance=2&trajectory=trailing";
  const page = await open(query);
  await generate(page);
  const code = await copied(page, "embed");
  site.put("/post.html", { type: "text/html; charset=utf-8", body: `<!doctype html><title>post</title>${code}` });
  const post = await (await browser.newContext()).newPage();
  await post.goto(`${site.origin}/post.html`);
  const found = await post.evaluate(async () => {
    await customElements.whenDefined("diffusion-sampler");
    const element = document.querySelector("diffusion-sampler");
    const complete = new Promise((resolve) => element.addEventListener("complete", ({ detail }) => resolve(detail)));
    await element.generate();
    const { images } = await complete;
    return images.map(({ data }) => [...data].filter((_, i) => i % 4 === 0));
  });
  await page.click("#save-open");
  await page.waitForSelector("#save-png:not(:disabled)");
  await page.fill("#save-scale", "1");
  for (const [index, image] of found.entries()) {
    await page.selectOption("#save-which", String(index));
    const [file] = await Promise.all([page.waitForEvent("download"), page.click("#save-png")]);
    assert.deepEqual([...decodePng(await readFile(await file.path())).pixels], image);
    await page.waitForSelector("#save-png:not(:disabled)");
  }
});

test("Share works by keyboard alone, and gives the focus back", async () => {
  const page = await open("steps=2&seed=1&images=1");
  await page.focus("#share-open");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#share-copy:not(:disabled)");
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.name);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "share-as");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.getElementById("share-text")?.value.includes("<diffusion-sampler"));
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "share-text");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("share-copy")?.textContent === "Copied");
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /<diffusion-sampler /);
  await page.keyboard.press("Escape");
  assert.equal(await focused(), "share-open");
});

test("where the browser does not let a page copy, the text is selected and the page says so", async () => {
  const init = () => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  };
  const page = await open("steps=2&seed=1&images=1", { init });
  await page.click("#share-open");
  await page.waitForSelector("#share-copy:not(:disabled)");
  await page.click("#share-copy");
  await page.waitForFunction(() => document.getElementById("share-copy")?.textContent.startsWith("Press Ctrl"));
  const selected = await page.evaluate(() => {
    const { selectionStart, selectionEnd, value } = document.getElementById("share-text");
    return value.slice(selectionStart, selectionEnd);
  });
  assert.match(selected, /^http:.*seed=1/);
});
