// The library and the page in Debian's Firefox, on the CPU module: the same bits as in Chromium.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import {
  areRefusedAlike,
  areRefusedByCodes,
  automatic,
  haveSameBits,
  isCpu,
  ownDenoiser,
  shareAnEngine,
  twoElements,
} from "./engines.mjs";
import { firefoxPage, launchFirefox } from "./firefox.mjs";
import { blankPage, launch, Site } from "./helpers.mjs";
import { becomeNothing, watch } from "./hostile.mjs";
import { slowSteps } from "./page-site.mjs";
import { filledIn, finishAll, putArticleModels } from "./post-site.mjs";
import { stallsEnd } from "./stalling.mjs";
import { tinyWeights } from "./tiny-model.mjs";

let chromium;
let firefox;
let site;
before(async () => {
  [chromium, firefox, site] = await Promise.all([launch(), launchFirefox(), Site.start()]);
});
after(() => Promise.all([chromium.close(), firefox.close(), site.close()]));
afterEach(() => Promise.all(chromium.contexts().map((context) => context.close())));

/** What a function of the page gives in both browsers, on a page with the library and nothing else. */
async function inBoth(ask, ...given) {
  const page = await firefoxPage(firefox, `${site.origin}/blank.html`);
  await page.waitForFunction(() => globalThis.ready === true);
  const found = await page.evaluate(ask, ...given);
  const other = await (await blankPage(chromium, site)).evaluate(ask, ...given);
  assert.deepEqual(page.complaints, []);
  await page.browserContext().close();
  return [found, other];
}

test("the automatic choice finds an engine that passes its check", async () => {
  const page = await firefoxPage(firefox, `${site.origin}/blank.html`);
  await page.waitForFunction(() => globalThis.ready === true);
  isCpu(await page.evaluate(automatic));
  await page.browserContext().close();
});

test("a denoiser of one's own and a seed give Chromium's bits", async () => {
  haveSameBits(await inBoth(ownDenoiser));
});

test("a network's pictures are Chromium's", async () => {
  const [found, other] = await inBoth(async () => {
    const diffuser = await unnoise.Diffuser.create({ backend: "cpu" });
    const model = await diffuser.load("/tiny/");
    let last;
    for await (const step of model.sample({ steps: 6, seed: 3, batch: 2, labels: [0, 1], eta: 0.5 })) last = step;
    return { floats: [...(await last.xt())], picture: [...last.rgba("xt", 1).data] };
  });
  assert.ok(new Set(found.picture).size > 8, "a picture of many greys");
  const apart = found.floats.map((value, i) => Math.abs(value - other.floats[i]));
  assert.equal(Math.max(...apart), 0);
  assert.deepEqual(found.picture, other.picture);
});

/** The tiny model has no f16 weights, which the library asks for first; all else should not be. */
const unexpected = (page) => page.complaints.filter((complaint) => !/404|fp16/.test(complaint));

test("the page generates: every step, a picture, and no complaint", async () => {
  // Slow enough for a frame a step.
  site.patch("/pkg/cpu/unnoise.js", { after: slowSteps(30) });
  const page = await firefoxPage(firefox, `${site.origin}/?model=/tiny/&backend=cpu&steps=7&images=3&seed=5`);
  await page.waitForSelector("#loading", { hidden: true });
  const seen = await page.evaluate(async () => {
    const said = (id) => document.getElementById(id).textContent;
    const shown = new Set();
    // The page samples once by itself; the run that is asked for is the next.
    while (!said("outcome").startsWith("done")) await new Promise(requestAnimationFrame);
    document.getElementById("generate").click();
    while (shown.size < 2 || !said("outcome").startsWith("done")) {
      await new Promise(requestAnimationFrame);
      shown.add(said("count"));
    }
    return [...shown];
  });
  assert.ok(seen.includes("7 / 7") && seen.every((count) => /^[0-7] \/ 7$/.test(count)), seen.join());
  const greys = await page.evaluate(() => {
    const canvas = document.getElementById("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(data).size;
  });
  assert.ok(greys > 8, `${greys} greys on the stage`);
  const said = (id) => page.$eval(`#${id}`, (element) => element.textContent.trim());
  assert.match(await said("caption"), /^DDIM · 7 steps · one of each class · seed \d+$/);
  assert.match(await said("backend-text"), /^CPU, \d+ workers · [\d.]+ m?s per image and step$/);
  assert.deepEqual(unexpected(page), []);
  site.drop("/pkg/cpu/unnoise.js");
  await page.browserContext().close();
});

test("every view of the page opens without a complaint", async () => {
  const page = await firefoxPage(firefox, `${site.origin}/?model=/tiny/&backend=cpu&steps=5&seed=5`);
  await page.waitForSelector("#loading", { hidden: true });
  const tabs = await page.$$eval("[role=tab]", (tabs) => tabs.map(({ id }) => id));
  assert.ok(tabs.length >= 2);
  for (const tab of tabs) {
    await page.click(`#${tab}`);
    const shown = await page.$eval(
      `#${tab}`,
      (tab) => document.getElementById(tab.getAttribute("aria-controls")).hidden,
    );
    assert.equal(shown, false, tab);
  }
  await page.click("#tab-hood");
  await page.waitForSelector("#variance-plot canvas");
  await page.waitForFunction(() => document.getElementById("factors-rows")?.childElementCount === 5);
  assert.deepEqual(unexpected(page), []);
  await page.browserContext().close();
});

test("the address follows the page, Back leads back, and past runs and keys are there", async () => {
  const page = await firefoxPage(firefox, `${site.origin}/?model=/tiny/&backend=cpu&steps=2&images=1&class=a&seed=5`);
  const said = (id) => page.$eval(`#${id}`, (element) => element.textContent.trim());
  const untilSaid = (words) =>
    page.waitForFunction((w) => document.getElementById("caption")?.textContent.includes(w), {}, words);
  const done = () => page.waitForFunction(() => document.getElementById("stage").getAttribute("aria-busy") === "false");
  await untilSaid("seed 5");
  await done();
  await page.keyboard.press("g");
  await page.waitForSelector("#runs button:nth-child(2)");
  const second = await said("caption");
  assert.notEqual(second, "DDIM · 2 steps · a · seed 5");
  await page.click("#runs button:nth-child(1)");
  await untilSaid("seed 5");
  await page.waitForFunction(() => new URLSearchParams(location.search).get("seed") === "5");
  await page.click("#tab-compare");
  await page.waitForSelector(".shot");
  assert.equal(await page.evaluate(() => location.hash), "#compare");
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => !document.getElementById("viewer").hidden);
  assert.equal(await said("caption"), "DDIM · 2 steps · a · seed 5");
  await page.keyboard.press("?");
  await page.waitForSelector("#keys:popover-open");
  assert.deepEqual(unexpected(page), []);
  await page.browserContext().close();
});

test("the element runs, and two of them share one engine", async () => {
  const page = await firefoxPage(firefox, `${site.origin}/blank.html`);
  const from = site.requests.length;
  shareAnEngine(await page.evaluate(twoElements), site.requests.slice(from));
  await page.browserContext().close();
});

test("the article's demonstrations run", async () => {
  putArticleModels(site);
  const page = await firefoxPage(firefox, `${site.origin}/blog-post/`);
  await page.waitForFunction(() => customElements.get("diffusion-sampler") !== undefined);
  await page.evaluate(finishAll);
  const level = await page.$eval("#level", (output) => output.textContent);
  assert.equal(level, "250: 0.724 face + 0.690 noise");
  const { face, mask, x } = await page.evaluate(filledIn);
  const same = x.map((value, i) => value === face[i % face.length]);
  assert.ok(same.every((is, i) => is || mask[i % mask.length] === 0));
  assert.ok(!same.every(Boolean));
  const formulas = await page.$$eval("math[display=block]", (all) =>
    all.map((math) => math.getBoundingClientRect().height),
  );
  assert.ok(
    formulas.every((height) => height > 15),
    formulas.join(),
  );
  assert.deepEqual(unexpected(page), []);
  await page.browserContext().close();
});

// This Firefox has no WebGPU: burn computes on the CPU.
for (const backend of ["cpu", "burn"]) {
  test(`on ${backend} changed models are refused in Chromium's words, and any value for an option by a code of ours`, async () => {
    site.put("/weights", { type: "application/octet-stream", body: tinyWeights() });
    const page = await firefoxPage(firefox, `${site.origin}/blank.html`);
    await page.waitForFunction(() => globalThis.ready === true);
    await areRefusedAlike(page, await blankPage(chromium, site), { backend });
    await areRefusedByCodes(page);
    await page.browserContext().close();
  });

  test(`on ${backend} hostile models and files become no markup and no request: in the page, in the element and in embed.html`, async () => {
    const page = await firefoxPage(firefox, `${site.origin}/blank.html`, { init: watch });
    const at = async (path) => {
      await page.goto(site.origin + path);
      return page;
    };
    await becomeNothing(site, at, { backend });
    await page.browserContext().close();
  });
}

test("a server that stalls is told of after its time, and asked again on wish: in the page, in the element and in embed.html", async () => {
  const page = await firefoxPage(firefox, `${site.origin}/blank.html`);
  await stallsEnd(site, async (path) => {
    await page.goto(site.origin + path);
    return page;
  });
  await page.browserContext().close();
});
