// The article: its demonstrations run, and show what it says.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { faults, SCREENS } from "./axe.mjs";
import { blankPage, setUp } from "./helpers.mjs";
import { finishAll, putShirts } from "./post-site.mjs";

const { browser, site } = await setUp();
putShirts(site);
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Opens the article; what goes wrong in it is collected in `page.complaints`. */
async function openPost(options = {}, init = () => {}) {
  const page = await (await browser.newContext(options)).newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => {
    // The tiny model has no f16 weights, which the library asks for first.
    if (message.type() === "error" && !message.location().url.includes("fp16")) page.complaints.push(message.text());
  });
  await page.addInitScript(init);
  await page.goto(`${site.origin}/blog-post/`);
  return page;
}

/** The grey values of a canvas. */
const greys = (page, id) =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
  }, id);

/** Each element's picture, image by image, as grey values. */
const pictures = (page, figure) =>
  page.evaluate(
    (figure) =>
      [...document.querySelectorAll(`#${figure} diffusion-sampler`)].map((element) =>
        [...element.current.rgba("xt").data].filter((_, i) => i % 4 === 0).join(),
      ),
    figure,
  );

test("every demonstration runs by itself, on one copy of the weights", async () => {
  const from = site.requests.length;
  const page = await openPost();
  await page.evaluate(finishAll);
  const requests = site.requests.slice(from);
  assert.equal(requests.filter(({ path }) => path.endsWith("model.safetensors")).length, 1);
  assert.deepEqual(page.complaints, []);
  const four = await pictures(page, "samplers");
  assert.equal(new Set(four).size, 4);
});

test("the slider of the forward process shows what the formula says", async () => {
  const page = await openPost();
  await page.evaluate(finishAll);
  const [x_0] = await pictures(page, "forward");
  const slide = async (t) => {
    await page.fill("#time", t);
    await page.waitForFunction((t) => document.getElementById("level").value.startsWith(`${t}:`), t);
  };
  await slide("0");
  assert.equal((await greys(page, "noised")).join(), x_0);
  assert.equal(await page.textContent("#level"), "0: 1.000 shirt + 0.000 noise");
  await slide("500");
  // sqrt(alpha_bar) after 500 of DDPM's steps is 0.2801.
  assert.equal(await page.textContent("#level"), "500: 0.280 shirt + 0.960 noise");
  await slide("1000");
  const noised = await greys(page, "noised");
  const eps = await (await blankPage(browser, site)).evaluate(async () => [...(await unnoise.noise(1, [1, 1, 8, 8]))]);
  const expected = eps.map((value) => Math.min(255, Math.max(0, (value / 2 + 0.5) * 255)));
  // At most 0.0064 of the shirt is left, which is less than a grey value.
  for (const [i, grey] of noised.entries()) assert.ok(Math.abs(grey - expected[i]) < 2, `${i}: ${grey}`);
});

test("another seed and another sampler make other pictures", async () => {
  const page = await openPost();
  await page.evaluate(finishAll);
  for (const figure of ["samplers", "steps"]) {
    const before = await pictures(page, figure);
    await page.click(`#${figure} [data-seed]`);
    await page.evaluate(finishAll);
    const after = await pictures(page, figure);
    for (const [i, picture] of after.entries()) assert.notEqual(picture, before[i]);
  }
  assert.equal(await page.textContent("#samplers output"), "seed 3");
  const ddim = await pictures(page, "steps");
  await page.check('#steps [value="ddpm"]');
  await page.evaluate(finishAll);
  for (const [i, picture] of (await pictures(page, "steps")).entries()) assert.notEqual(picture, ddim[i]);
});

test("between two seeds, the ends are the seeds' own pictures", async () => {
  const page = await openPost();
  await page.evaluate(finishAll);
  const own = await (await blankPage(browser, site)).evaluate(async () => {
    const model = await (await unnoise.Diffuser.create({ backend: "cpu" })).load("/models/fashion-mnist/");
    const found = [];
    for (const seed of [2, 6]) {
      let last;
      for await (const step of model.sample({ sampler: "ddim", steps: 25, seed, labels: [1] })) last = step;
      found.push([...last.rgba("xt").data].filter((_, i) => i % 4 === 0));
    }
    return found;
  });
  for (const [place, picture] of [
    ["0", own[0]],
    ["8", own[1]],
  ]) {
    await page.fill("#place", place);
    assert.deepEqual(await greys(page, "frame"), picture);
  }
  await page.fill("#place", "4");
  assert.equal(await page.textContent("#between output"), "4 / 8 of the way");
  const middle = (await greys(page, "frame")).join();
  assert.ok(own.every((picture) => picture.join() !== middle));
});

test("who wants no motion starts the demonstrations by hand", async () => {
  const page = await openPost({ reducedMotion: "reduce" });
  const sampler = page.locator("#steps diffusion-sampler").first();
  await sampler.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector("#steps diffusion-sampler").state !== undefined);
  // Two frames after it is seen, one that starts by itself is loading.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  assert.equal(await sampler.evaluate(({ state }) => state), "idle");
  await sampler.click();
  await page.waitForFunction(() => document.querySelector("#steps diffusion-sampler").state === "complete");
});

test("nothing moves while the article loads and its demonstrations run", async () => {
  const page = await openPost({}, () => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries())
        globalThis.shifts.push({ value, nodes: sources.map(({ node }) => node?.outerHTML?.slice(0, 60)) });
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.evaluate(finishAll);
  assert.deepEqual(await page.evaluate(() => globalThis.shifts), []);
});

for (const { name, ...screen } of SCREENS) {
  test(`axe-core finds nothing on the article, and it does not scroll sideways (${name})`, async () => {
    const page = await openPost(screen);
    await page.locator("#forward").scrollIntoViewIfNeeded();
    await page.waitForSelector("#time:enabled");
    assert.deepEqual(await faults(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.equal(wide, false);
  });
}
