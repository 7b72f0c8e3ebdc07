// Share and Save of the view Interpolate: a link that makes the same frames, code that does, and the loop as a GIF.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { decodeGif } from "./gif.mjs";
import { setUp } from "./helpers.mjs";
import { choose, openPage, problem, text } from "./page-site.mjs";
import { decodePng, textOf } from "./png.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const TWO = "sampler=ddpm&variance=small&steps=3&seed=5&b=6&class=a&classb=b&frames=4&at=1";
const FOUR =
  "sampler=ddim&eta=0&steps=3&seed=1&b=2&c=3&d=4&class=b&classb=same&classc=same&classd=same&frames=3&at=0.5 1";
const VARIATIONS = "sampler=ddpm&variance=large&steps=4&seed=9&class=b&frames=3&variations=4&at=0.5";

/** Opens a link to an interpolation, which runs by itself, and waits for its frames. */
async function opened(query, options = {}) {
  const permissions = ["clipboard-read", "clipboard-write"];
  const page = await openPage(browser, site, query, { reducedMotion: "no-preference", permissions, ...options });
  await page.waitForSelector("#interpolate:not([hidden])");
  await page.waitForFunction(
    () => document.getElementById("stop")?.disabled && !document.getElementById("generate").disabled,
  );
  await page.waitForFunction(() => /frame/.test(document.getElementById("announce")?.textContent));
  await page.click("#save-open");
  await page.waitForSelector("#save-png:not(:disabled)", { timeout: 60_000 });
  await page.keyboard.press("Escape");
  return page;
}

const save = async (page, kind, scale = "1") => {
  await page.click("#save-open");
  await page.waitForSelector(`#save-${kind}:not(:disabled)`);
  await page.fill("#save-scale", scale);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(`#save-${kind}`)]);
  const bytes = await readFile(await file.path());
  await page.keyboard.press("Escape");
  return bytes;
};

const share = async (page, form) => {
  await page.click("#share-open");
  await choose(page, "share-as", form);
  await page.waitForSelector("#share-copy:not(:disabled)");
  const code = await page.inputValue("#share-text");
  await page.keyboard.press("Escape");
  return code;
};

for (const query of [TWO, FOUR, VARIATIONS]) {
  test(`a link makes the same frames: ${query}`, async () => {
    const page = await opened(query);
    const picture = await save(page, "png");
    const link = new URL(await share(page, "link"));
    assert.equal(link.hash, "#interpolate");
    for (const [name, value] of new URLSearchParams(query)) {
      // The loop plays, and so the frame that is looked at is another by now.
      if (name !== "at") assert.equal(link.searchParams.get(name), value, name);
    }
    const other = await opened(link.search);
    assert.deepEqual(decodePng(await save(other, "png")).pixels, decodePng(picture).pixels);
    assert.deepEqual([...page.complaints, ...other.complaints], []);
  });
}

test("a PNG of the frames brings the interpolation back", async () => {
  const page = await opened(TWO);
  const bytes = await save(page, "png");
  const { b, classb, frames } = JSON.parse(textOf(decodePng(bytes), "unnoise"));
  assert.deepEqual([b, classb, frames], [6, "b", 4]);
  const other = await openPage(browser, site, "seed=77&steps=2");
  await other.setInputFiles("#restore-file", { name: "morph.png", mimeType: "image/png", buffer: bytes });
  await other.waitForSelector("#interpolate:not([hidden])");
  await other.waitForFunction(() => document.getElementById("seed-b")?.value === "6");
  assert.equal(await other.inputValue("#seed-a"), "5");
  assert.equal(await other.inputValue("#frames"), "4");
});

test("the loop as a GIF goes there and back, and begins where it ends", async () => {
  const page = await opened(TWO);
  const gif = decodeGif(await save(page, "gif"));
  assert.equal(gif.frames.length, 6);
  const shades = gif.frames.map(({ indices, palette }) => indices.map((index) => palette[index][0]).join());
  assert.deepEqual([shades[4], shades[5]], [shades[2], shades[1]]);
  assert.equal(new Set(shades.slice(0, 4)).size, 4);
  const png = decodePng(await save(page, "png"));
  // Four frames of 8 pixels in a row, with a line between them.
  assert.deepEqual([png.width, png.height], [35, 8]);
  const first = Array.from({ length: 64 }, (_, i) => png.pixels[Math.floor(i / 8) * 35 + (i % 8)]);
  assert.equal(first.join(), shades[0]);
});

test("the calls of the library make the same frames", async () => {
  const page = await opened(TWO);
  const code = await share(page, "api");
  const found = await page.evaluate(async (source) => {
    const script = Object.assign(document.createElement("script"), { type: "module", textContent: source });
    document.body.append(script);
    while (document.querySelectorAll("body > canvas").length < 4) await new Promise(requestAnimationFrame);
    return [...document.querySelectorAll("body > canvas")].map((canvas) =>
      [...canvas.getContext("2d").getImageData(0, 0, 8, 8).data].filter((_, i) => i % 4 === 0),
    );
  }, code);
  const png = decodePng(await save(page, "png"));
  for (const [frame, image] of found.entries()) {
    const ours = image.map((_, i) => png.pixels[Math.floor(i / 8) * 35 + 9 * frame + (i % 8)]);
    // Frames are computed a few at a time: the last bit of a sum may be another.
    assert.ok(
      image.every((shade, i) => Math.abs(shade - ours[i]) <= 1),
      `frame ${frame}`,
    );
  }
});

test("what a link asks of an interpolation in vain is said", async () => {
  const page = await openPage(browser, site, "steps=2&seed=1&b=-4&frames=99&class=a&classb=hat#interpolate");
  assert.match(await text(page, "frames-problem"), /frames=99.*keeping 9/);
  assert.match(await problem(page, "corners"), /^Ignored classb=hat\S* in the link: this model has no such class\.$/);
});
