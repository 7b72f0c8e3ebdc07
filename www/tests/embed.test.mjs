// embed.html in iframes of every size: all of it is seen, and the page around is told how high it would be.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Opens an iframe of this size, and makes its picture. */
async function embed(width, height, query) {
  const html = `<!doctype html><script>const heard = [];
    addEventListener("message", ({ data }) => heard.push(data));
    </script><iframe width="${width}" height="${height}" style="border: 0"></iframe>`;
  site.put("/host.html", { type: "text/html; charset=utf-8", body: html });
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 1100 } })).newPage();
  await page.goto(`${site.origin}/host.html`);
  const address = `${site.origin}/embed.html?model=/tiny/&backend=cpu&steps=2&seed=1&${query}`;
  await page.$eval("iframe", (frame, address) => Object.assign(frame, { src: address }), address);
  await page.waitForFunction(() => heard.some(({ type }) => type === "unnoise:ready"));
  const frame = page.frames().find((frame) => frame.url() === address);
  assert.equal(await frame.evaluate(() => document.querySelector("diffusion-sampler").generate()), "complete");
  return { page, frame };
}

/** The parts of the element that have to be seen, by their places in the iframe. */
const parts = (frame) =>
  frame.evaluate(() => {
    const { shadowRoot } = document.querySelector("diffusion-sampler");
    const box = (one) => one.getBoundingClientRect().toJSON();
    const shown = shadowRoot.querySelectorAll('button, input, [part~="stage"], [part~="caption"], [part~="shown"]');
    return {
      boxes: [...shown].filter((one) => one.checkVisibility({ visibilityProperty: true })).map(box),
      stage: box(shadowRoot.querySelector('[part~="stage"]')),
      play: box(shadowRoot.querySelector(".transport button")),
      scrolls: document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth,
    };
  });

/** How many pixels of a line across the upper pictures have something of one in them. */
const painted = (frame) =>
  frame.evaluate(() => {
    const canvas = document.querySelector("diffusion-sampler").shadowRoot.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, Math.floor(canvas.height / 3), canvas.width, 1);
    return data.filter((_, i) => i % 4 === 3 && data[i] > 0).length;
  });

for (const [width, height, query] of [
  [240, 240, ""],
  [240, 240, "images=6&class=b"],
  [240, 240, "controls=minimal"],
  [240, 400, ""],
  [360, 420, ""],
  [800, 260, "images=4"],
  [1000, 1000, ""],
]) {
  test(`an iframe of ${width} x ${height} shows all of the element (${query || "one image"})`, async () => {
    const { frame } = await embed(width, height, query);
    const { boxes, stage, play, scrolls } = await parts(frame);
    assert.equal(scrolls, false);
    for (const { left, top, right, bottom } of boxes) {
      const inside = left >= -4 && top >= 0 && right <= width + 4 && bottom <= height + 0.5;
      assert.ok(inside, `${left} to ${right}, ${top} to ${bottom}`);
    }
    assert.ok(query.includes("minimal") || play.top >= stage.bottom, "the keys are below the picture");
    assert.ok((await painted(frame)) >= 64, "the picture is seen");
  });
}

test("the page around is told how high the content would be, also where the iframe is lower", async () => {
  const { page, frame } = await embed(300, 240, "");
  const heights = () =>
    page.evaluate(() => heard.filter(({ type }) => type === "unnoise:size").map(({ height }) => height));
  assert.equal((await heights()).at(-1), 376);
  await page.$eval("iframe", (iframe) => iframe.setAttribute("height", "376"));
  await frame.waitForFunction(() => document.querySelector("diffusion-sampler").offsetHeight === 376);
  assert.equal((await heights()).at(-1), 376);
});
