// The article: its demonstrations run, and show what it says.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { faultsOnScreens } from "./axe.mjs";
import { blankPage, setUp } from "./helpers.mjs";
import { filledIn, finishAll, onCpu, putArticleModels } from "./post-site.mjs";

const { browser, site } = await setUp();
putArticleModels(site);
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Opens the article; what goes wrong in it is collected in `page.complaints`. */
async function openPost(options = {}, init = onCpu) {
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

test("every demonstration runs by itself, on one copy of the weights of each model", async () => {
  const from = site.requests.length;
  // As visitors have it: the engine may move to WebGPU.
  const page = await openPost({}, () => {});
  await page.evaluate(finishAll);
  const requests = site.requests.slice(from);
  assert.equal(requests.filter(({ path }) => path.endsWith("model.safetensors")).length, 2);
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
    await page.waitForFunction((t) => document.getElementById("level")?.value.startsWith(`${t}:`), t);
  };
  await slide("0");
  assert.equal((await greys(page, "noised")).join(), x_0);
  assert.equal(await page.textContent("#level"), "0: 1.000 face + 0.000 noise");
  await slide("500");
  // sqrt(alpha_bar) after 500 of DDPM's steps is 0.2801.
  assert.equal(await page.textContent("#level"), "500: 0.280 face + 0.960 noise");
  await slide("1000");
  const noised = await greys(page, "noised");
  const eps = await (await blankPage(browser, site)).evaluate(async () => [...(await unnoise.noise(1, [1, 1, 8, 8]))]);
  const expected = eps.map((value) => Math.min(255, Math.max(0, (value / 2 + 0.5) * 255)));
  // At most 0.0064 of the face is left, which is less than a grey value.
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
    const model = await (await unnoise.Diffuser.create({ backend: "cpu" })).load("/models/emoji/");
    const found = [];
    for (const seed of [4, 11]) {
      let last;
      for await (const step of model.sample({
        ...model.info.defaults,
        eta: 0,
        guidance: 1,
        steps: 25,
        seed,
        labels: [0],
      }))
        last = step;
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

/** Waits for a run of the filled in face that begins with what is done here. */
async function refilled(page, act) {
  await page.evaluate(() => {
    const target = document.querySelectorAll("#fill diffusion-sampler")[1];
    globalThis.refilled = new Promise((resolve) => target.addEventListener("complete", resolve, { once: true }));
  });
  await act();
  await page.evaluate(() => globalThis.refilled.then(() => {}));
  return page.evaluate(filledIn);
}

/** Whether four images have the face's pixels to the last bit where the mask says so, and no such image elsewhere. */
function assertKept({ face, mask, x }) {
  assert.equal(x.length, 4 * face.length);
  for (let image = 0; image < 4; image++) {
    const same = face.map((value, i) => value === x[image * face.length + i]);
    assert.ok(
      same.every((is, i) => is || mask[i] === 0),
      `image ${image}`,
    );
    assert.ok(mask.every(Boolean) || same.some((is, i) => !is && mask[i] === 0), `image ${image}`);
  }
}

test("half a face is filled in by every method, and the other half is kept exactly", async () => {
  const page = await openPost();
  await page.evaluate(finishAll);
  const first = await page.evaluate(filledIn);
  assertKept(first);
  assert.deepEqual(first.mask, first.face.map((_, i) => Number(i % 8 < 4)));
  assert.match(await page.textContent("#fill output"), /50 % painted out, seeds 1, 2, 3, 4/);
  const found = [first.x.join()];
  for (const [method, steps] of [["clean", 50], ["repaint", 140]]) {
    const made = await refilled(page, () => page.check(`#fill [value="${method}"]`));
    assertKept(made);
    found.push(made.x.join());
    const taken = await page.evaluate(() => document.querySelectorAll("#fill diffusion-sampler")[1].current.steps);
    assert.equal(taken, steps);
  }
  const seeds = await refilled(page, () => page.click('#fill [data-act="seeds"]'));
  assert.match(await page.textContent("#fill output"), /seeds 5, 6, 7, 8/);
  assert.equal(new Set([...found, seeds.x.join()]).size, 4);
  assert.deepEqual(page.complaints, []);
}); // biome-ignore format: tables

test("the face is painted on with a pointer and with the keyboard, and put back", async () => {
  const page = await openPost();
  await page.evaluate(finishAll);
  const whole = await refilled(page, () => page.click('#fill [data-act="none"]'));
  assert.ok(whole.mask.every((kept) => kept === 1));
  assertKept(whole);
  const { x, y, width } = await page.locator("#easel").boundingBox();
  const stroke = async (row) => {
    await page.mouse.move(x + width / 16, y + (width * (row + 0.5)) / 8);
    await page.mouse.down();
    await page.mouse.move(x + (width * 15) / 16, y + (width * (row + 0.5)) / 8, { steps: 3 });
    await page.mouse.up();
  };
  const painted = await refilled(page, () => stroke(2));
  assertKept(painted);
  assert.deepEqual(painted.mask, painted.face.map((_, i) => Number(Math.floor(i / 8) !== 2)));
  await page.check('#fill [name="brush"][value="1"]');
  assert.ok((await refilled(page, () => stroke(2))).mask.every((kept) => kept === 1));
  await page.check('#fill [name="brush"][value="0"]');
  const typed = await refilled(page, async () => {
    await page.locator("#easel").focus();
    for (const key of ["ArrowUp", "ArrowLeft", "ArrowLeft", "Space"]) await page.keyboard.press(key);
  });
  assertKept(typed);
  assert.deepEqual(typed.mask.flatMap((kept, i) => (kept ? [] : [i])), [8 * 3 + 2]);
  assert.deepEqual(page.complaints, []);
}); // biome-ignore format: lists

test("a finger paints, and does not scroll", async () => {
  const page = await openPost({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await page.evaluate(finishAll);
  await page.locator("#easel").evaluate((canvas) => canvas.scrollIntoView({ block: "center" }));
  const { x, y, width } = await page.locator("#easel").boundingBox();
  const before = await page.evaluate(() => scrollY);
  const touched = await refilled(page, async () => {
    const client = await page.context().newCDPSession(page);
    const touch = (type, at) =>
      client.send("Input.dispatchTouchEvent", { type, touchPoints: at === undefined ? [] : [{ x: x + width / 16, y: y + at }] });
    await touch("touchStart", width / 16);
    for (const part of [4, 8, 12, 15]) await touch("touchMove", (width * part) / 16);
    await touch("touchEnd");
  });
  assert.deepEqual(touched.mask, touched.face.map((_, i) => Number(i % 8 > 0 && i % 8 < 4)));
  assert.equal(await page.evaluate(() => scrollY), before);
}); // biome-ignore format: lists

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

test("axe-core finds nothing on the article, and it does not scroll sideways", async () => {
  const page = await openPost();
  await page.evaluate(finishAll);
  assert.deepEqual(await faultsOnScreens(page), []);
});
