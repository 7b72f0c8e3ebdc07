// The element's attributes for editing: pictures at addresses or as floats, what they make of a run, and what is wrong with them.
import assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { messageOf, openElement, pageOf, TINY, untilDefined } from "./element-site.mjs";
import { firefoxPage, launchFirefox } from "./firefox.mjs";
import { blankPage, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const firefox = await launchFirefox();
after(() => firefox.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const ONE = `<diffusion-sampler id="a" ${TINY} sampler="ddpm"></diffusion-sampler>`;

/** Puts pictures of a width and a height at addresses: each is a function of x and y that gives red, green, blue and alpha. */
async function putPictures(pictures) {
  const page = await blankPage(browser, site);
  for (const [path, [width, height, colour]] of Object.entries(pictures)) {
    const bytes = await page.evaluate(
      async ([width, height, colour]) => {
        const of = new Function(`return ${colour}`)();
        const image = new ImageData(width, height);
        for (let i = 0; i < width * height; i++) image.data.set(of(i % width, Math.floor(i / width)), 4 * i);
        const canvas = new OffscreenCanvas(width, height);
        canvas.getContext("2d").putImageData(image, 0, 0);
        return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
      },
      [width, height, String(colour)],
    );
    site.put(path, { type: "image/png", body: Buffer.from(bytes) });
  }
}

await putPictures({
  "/slope.png": [8, 8, (x, y) => [x * 30, x * 30, y * 30 + 20, 255]],
  // The same, with the right half transparent.
  "/half.png": [8, 8, (x, y) => [x * 30, x * 30, y * 30 + 20, x < 4 ? 255 : 0]],
  // Five times as large, and the left half white: pixel 3 is covered to 4 fifths.
  "/mask.png": [40, 40, (x) => (x < 19 ? [255, 255, 255, 255] : [0, 0, 0, 255])],
  // White everywhere: what is transparent is not given all the same.
  "/clear.png": [8, 8, (x) => [255, 255, 255, x < 4 ? 255 : 0]],
  "/wide.png": [16, 8, () => [255, 255, 255, 255]],
});
site.put("/text.png", { type: "image/png", body: "no picture" });

/** Runs the element with these attributes, and the library with these options, in which `fit(path)` is a fitted picture. */
const both = (page, attributes, options) =>
  page.evaluate(
    async ([attributes, options]) => {
      for (const [name, value] of Object.entries(attributes)) a.setAttribute(name, value);
      const complete = new Promise((resolve) => a.addEventListener("complete", ({ detail }) => resolve(detail)));
      const outcome = await a.generate();
      if (outcome !== "complete") return { outcome, said: a.shadowRoot.querySelector(".message").textContent };
      const { fitPicture } = await import("/pkg/index.js");
      const fit = async (path) => (await fitPicture(await (await fetch(path)).blob(), [1, 8, 8])).x;
      const given = await new Function("fit", `return (async () => (${options}))()`)(fit);
      const plain = { sampler: "ddpm", steps: 3, seed: 7 };
      const expected = await a.loaded.sample({ ...plain, ...given }).result();
      const other = await a.loaded.sample(plain).result();
      return { own: (await complete).x.join(), expected: expected.x.join(), plain: other.x.join() };
    },
    [attributes, options],
  );

/** The left half, and with it 4 fifths of pixel 3. */
const MASK = "Array.from({ length: 64 }, (_, i) => (i % 8 < 3 ? 1 : i % 8 === 3 ? 204 / 255 : 0))";
const LEFT = "Array.from({ length: 64 }, (_, i) => Number(i % 8 < 4))";

const SAME = {
  "a start": [{ start: "slope.png", "start-t": "400" }, '{ start: { x: await fit("/slope.png"), t: 400 } }'],
  "known pixels with a mask": [
    { known: "slope.png", mask: "mask.png" },
    `{ known: { x: await fit("/slope.png"), mask: ${MASK} } }`,
  ],
  "a mask that is transparent": [
    { known: "slope.png", mask: "clear.png", "known-method": "clean" },
    `{ known: { x: await fit("/slope.png"), mask: ${LEFT}, method: "clean" } }`,
  ],
  "known pixels that are opaque": [{ known: "half.png" }, `{ known: { x: await fit("/half.png"), mask: ${LEFT} } }`],
  repaint: [
    { known: "half.png", "known-method": "repaint", "known-jump": "1", "known-resample": "2" },
    `{ known: { x: await fit("/half.png"), mask: ${LEFT}, method: "repaint", jump: 1, resample: 2 } }`,
  ],
};

test("pictures at addresses make the library's pixels", async () => {
  for (const [name, [attributes, options]] of Object.entries(SAME)) {
    const page = await openElement(browser, site, ONE);
    const { own, expected, plain } = await both(page, attributes, options);
    assert.equal(own, expected, name);
    assert.notEqual(own, plain, name);
    assert.deepEqual(page.complaints, []);
  }
});

test("properties take what the library takes, and addresses in it, before the element is defined too", async () => {
  const early = `<script>const early = document.createElement("diffusion-sampler");
    early.start = { x: Array(64).fill(0.5), t: 300 };</script>`;
  const page = await openElement(browser, site, ONE, { head: early });
  const found = await page.evaluate(async () => {
    const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
    const mask = Float32Array.from({ length: 64 }, (_, i) => Number(i % 8 < 4));
    const of = async (element, properties) => {
      Object.assign(element, { start: null, known: null, mask: null, ...properties });
      const complete = new Promise((resolve) => element.addEventListener("complete", resolve, { once: true }));
      await element.generate();
      return (await complete).detail.x.join();
    };
    const known = { x, mask, method: "clean" };
    const pictures = [
      await of(a, { known }),
      await of(a, { known: { x, method: "clean" }, mask }),
      await of(a, { known: { x, mask: "/clear.png", method: "clean" } }),
      (await a.loaded.sample({ sampler: "ddpm", steps: 3, seed: 7, known }).result()).x.join(),
    ];
    const held = [a.known.x === x, a.hasAttribute("known")];
    a.known = "half.png";
    held.push(a.known, a.getAttribute("known"));
    a.known = null;
    held.push(a.known, a.hasAttribute("known"));
    document.body.append(early);
    return { pictures, held, early: early.start.t };
  });
  assert.equal(new Set(found.pictures).size, 1);
  assert.deepEqual(found.held, [true, false, "half.png", "half.png", null, false]);
  assert.equal(found.early, 300);
});

/** What is told of attributes: the first at once, the others by the run. */
const WRONG = [
  [{ start: "" }, "invalid-start", /`start` is ""; it must be the address of a picture/],
  [{ start: "slope.png" }, "invalid-start-t", /`start-t` is absent; it must be the timestep at which the run begins/],
  [{ start: "slope.png", "start-t": "half" }, "invalid-start-t", /`start-t` is "half"; it must be a whole number/],
  [{ "start-t": "5" }, "invalid-start", /`start` is absent; it must be the address of a picture/],
  [{ mask: "mask.png" }, "invalid-known", /`known` is absent; it must be the address of a picture/],
  [{ known: "half.png", "known-method": "best" }, "invalid-known-method", /one of "noised", "clean", "repaint"/],
  [{ known: "half.png", "known-jump": "2" }, "invalid-known", /jump/, "later"],
  [{ start: "slope.png", "start-t": "1000" }, "invalid-start", /1000/, "later"],
  [{ start: "none.png", "start-t": "5" }, "invalid-start", /`start` is "none\.png".*the server answers 404/, "later"],
  [{ known: "http://", mask: "mask.png" }, "invalid-known", /this is no address/, "later"],
  [{ known: "http://127.0.0.1:1/a.png" }, "invalid-known", /it cannot be reached/, "later"],
  [{ known: "text.png" }, "invalid-known", /what is there cannot be read as one/, "later"],
  [{ known: "slope.png" }, "invalid-mask", /`mask` is absent; .*nothing of `known` is transparent/, "later"],
  [{ known: "slope.png", mask: "none.png" }, "invalid-mask", /404/, "later"],
  [{ known: "slope.png", mask: "wide.png" }, "invalid-mask", /this is 16 by 8, that is 8 by 8 pixels/, "later"],
];

test("what is wrong is told in words, and what is put right then runs on the same weights", async () => {
  const from = site.requests.length;
  const page = await openElement(browser, site, ONE);
  assert.equal(await page.evaluate(() => a.generate()), "complete");
  for (const [attributes, code, words, later] of WRONG) {
    const told = await page.evaluate(
      async ([attributes, later]) => {
        const error = new Promise((resolve) => a.addEventListener("error", ({ detail }) => resolve(detail.code), { once: true }));
        for (const [name, value] of Object.entries(attributes)) a.setAttribute(name, value);
        const outcome = later ? await a.generate() : "failed";
        return [await error, outcome];
      },
      [attributes, later],
    ); // biome-ignore format: one call
    assert.deepEqual(told, [code, "failed"], JSON.stringify(attributes));
    assert.match(await messageOf(page), words);
    await page.evaluate((names) => {
      for (const name of names) a.removeAttribute(name);
    }, Object.keys(attributes));
  }
  assert.equal(await page.evaluate(() => a.generate()), "complete");
  const loaded = site.requests.slice(from).filter(({ path, status }) => path.endsWith("safetensors") && status === 200);
  assert.equal(loaded.length, 1);
  assert.deepEqual(page.complaints, []);
});

test("an element without a picture's address does not load what fetches pictures", async () => {
  const from = site.requests.length;
  const page = await openElement(browser, site, ONE);
  await page.evaluate(() => a.generate());
  await page.evaluate(() => Object.assign(a, { start: { x: new Float32Array(64), t: 300 } }).generate());
  const loaded = () => site.requests.slice(from).filter(({ path }) => path === "/pkg/element-pictures.js").length;
  assert.equal(loaded(), 0);
  await page.evaluate(() => Object.assign(a, { start: "slope.png", startT: 300 }).generate());
  assert.equal(loaded(), 1);
});

test("stopped while a picture is on its way, it stops, and runs the next time", async () => {
  let answer;
  site.put("/slow.png", () => new Promise((resolve) => {
    answer = resolve;
  })); // biome-ignore format: one call
  const page = await openElement(browser, site, ONE);
  await page.evaluate(() => a.generate());
  await page.evaluate(() => {
    globalThis.first = Object.assign(a, { start: "slow.png", startT: 300 }).generate();
  });
  while (!answer) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await page.evaluate(() => a.state), "loading");
  await page.evaluate(() => a.stop());
  assert.equal(await page.evaluate(() => globalThis.first), "stopped");
  answer({ status: 404 });
  assert.equal(await page.evaluate(() => Object.assign(a, { start: "slope.png" }).generate()), "complete");
  assert.deepEqual(page.complaints, []);
});

test("an iframe's address takes them too", async () => {
  const page = await (await browser.newContext()).newPage();
  const from = site.requests.length;
  const query = "model=/tiny/&steps=2&seed=7&known=/half.png&known-method=clean&controls=none&backend=cpu";
  await page.goto(`${site.origin}/pkg/embed.html?${query}`);
  const outcome = await page.evaluate(() => document.querySelector("diffusion-sampler").generate());
  assert.equal(outcome, "complete");
  assert.ok(site.requests.slice(from).some(({ path }) => path === "/half.png"));
});

test("Firefox makes the library's pixels too", async () => {
  site.put("/element.html", pageOf(ONE));
  const page = await firefoxPage(firefox, `${site.origin}/element.html`);
  await untilDefined(page);
  for (const name of ["a start", "known pixels with a mask", "known pixels that are opaque"]) {
    const { own, expected, plain } = await both(page, ...SAME[name]);
    assert.equal(own, expected, name);
    assert.notEqual(own, plain, name);
    await page.evaluate(() => {
      for (const attribute of ["start", "start-t", "known", "mask"]) a.removeAttribute(attribute);
    });
  }
  assert.deepEqual(page.complaints, []);
});
