// The room "Train" learns pictures: those that ship, files, and what is drawn; the model is used, saved and kept. On the real module.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { unzipSync } from "fflate";
import { faultsOnScreens } from "./axe.mjs";
import { setUp } from "./helpers.mjs";
import { choose, openPage, pixels, text } from "./page-site.mjs";

const { browser, site } = await setUp();
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

async function openPictures(query = "train=pictures", options = {}) {
  const page = await openPage(browser, site, `steps=2&images=1&${query}`, options);
  await page.click("#tab-train");
  await page.waitForSelector("#train-stage");
  await page.waitForSelector("input[name=train-mode][value=pictures]:checked", { state: "attached" });
  return page;
}

/** Trains for a moment: until the network has drawn pictures, and Stop is pressed. */
async function trainBriefly(page) {
  await page.click("#generate");
  await page.waitForFunction(() => /^16 pictures after/.test(document.getElementById("train-grid")?.ariaLabel ?? ""));
  await page.click("#stop");
  await page.waitForFunction(() => /^stopped at/.test(document.getElementById("train-state").textContent));
}

test("sprites are learnt: the machine is measured, a network chosen, and 16 pictures drawn; the model is saved, kept and used", async () => {
  const page = await openPictures("train=pictures", { acceptDownloads: true });
  assert.match(await page.getAttribute("#train-grid", "aria-label"), /^48 pictures to learn from$/);
  // More than it takes: a slow machine must not be at the end before Stop is pressed.
  await choose(page, "train-minutes", "15");
  assert.match(await text(page, "cost"), /^Downloads burn.*About 15 min for 48 pictures on this machine\.$/);
  const before = await pixels(page, "train-grid");
  await trainBriefly(page);
  assert.notEqual(await pixels(page, "train-grid"), before);
  assert.match(
    await text(page, "train-plan"),
    /^A network of 0\.\d+ million weights: about [\d,]+ steps? in 15 minutes on/,
  );
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#train-save")]);
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  const entries = unzipSync(Buffer.concat(parts));
  const config = JSON.parse(new TextDecoder().decode(entries["unet/config.json"]));
  assert.deepEqual([config.sample_size, config.in_channels], [16, 3]);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(entries["labels.json"])), [
    "ghost",
    "potion",
    "mushroom",
    "slime",
    "no class",
  ]);
  assert.ok(entries["unet/diffusion_pytorch_model.safetensors"].length > 1e5);
  await page.waitForSelector("#train-models li");
  await page.click("#train-use");
  await page.waitForSelector("#tab-generate[aria-selected=true]");
  assert.match(await text(page, "model-name"), /^Yours, \d+ steps?$/);
  const chips = await page.$$eval("#class-chips span", (spans) => spans.map((span) => span.textContent));
  assert.deepEqual(chips.slice(2), ["ghost", "potion", "mushroom", "slime"]);
  await page.waitForFunction(() => document.getElementById("outcome").textContent.startsWith("done"));
  // The address names it by its hash.
  await page.waitForFunction(() => /hash=/.test(location.search) && !/model=/.test(location.search));
  await page.reload();
  await page.waitForFunction(() => /^Yours, \d+ steps?$/.test(document.getElementById("model-name").textContent));
  // After a reload it is offered again.
  await page.goto(`${site.origin}/?model=/tiny/&backend=cpu&train=pictures#train`);
  await page.waitForSelector("#train-models li");
  await page.waitForSelector("#train-kept");
  await page.waitForSelector("#loading", { state: "hidden" });
  await page.click('#train-models [id^="use-"]');
  await page.waitForFunction(() => /^Yours/.test(document.getElementById("model-name").textContent));
  await page.click("#tab-train");
  await page.click('#train-models [id^="forget-"]');
  await page.waitForSelector("#train-models", { state: "detached" });
  assert.deepEqual(page.complaints, []);
});

test("one draws pictures with mouse and keyboard, adds and removes them, and is told how many are needed", async () => {
  const page = await openPictures();
  await choose(page, "train-source", "own");
  await page.click("#generate");
  await page.waitForFunction(() => /At least 4 pictures/.test(document.getElementById("run-problem").textContent));
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

test("files that are chosen, and such that are dropped, are pictures to learn from; another file is refused by name", async () => {
  const page = await openPictures();
  const file = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(20, 20);
    canvas.getContext("2d").fillRect(2, 2, 9, 9);
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
  });
  await choose(page, "train-source", "own");
  const files = [1, 2, 3].map((n) => ({ name: `${n}.png`, mimeType: "image/png", buffer: Buffer.from(file) }));
  await page.setInputFiles("#train-files", files);
  await page.waitForFunction(() => document.querySelectorAll("#train-own button").length === 3);
  await page.evaluate((bytes) => {
    const dataTransfer = new DataTransfer();
    for (const name of ["a.png", "b.png"]) dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, file);
  await page.waitForFunction(() => document.querySelectorAll("#train-own button").length === 5);
  await page.setInputFiles("#train-files", { name: "no.png", mimeType: "image/png", buffer: Buffer.from("no") });
  await page.waitForFunction(() => /no\.png is not a picture/.test(document.getElementById("run-problem").textContent));
});

test("axe finds nothing on the pictures, and nothing is wider than the screen", async () => {
  const page = await openPictures();
  for (const source of ["set", "own"]) {
    await choose(page, "train-source", source);
    if (source === "own") await page.click("#train-pixels-add");
    assert.deepEqual(await faultsOnScreens(page), [], source);
  }
});
