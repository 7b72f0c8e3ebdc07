// Compare's table leaves the page: a link that makes it again, a PNG with its names, and the record of its runs.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setUp } from "./helpers.mjs";
import { choose, openPage, problem, text } from "./page-site.mjs";
import { decodePng } from "./png.mjs";
import { drop, openSave, saved } from "./save-site.mjs";

const { browser, site } = await setUp();
// With 40 timesteps the table has two columns instead of four, a fifth of the work.
site.putModel("/short/", { scheduler: { _class_name: "DDPMScheduler", num_train_timesteps: 40 } });
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** Waits for all of a table: hundreds of steps. */
const done = (page) =>
  page.waitForFunction(() => document.getElementById("comparison-state")?.textContent.includes("done in"), null, {
    timeout: 600_000,
  });

/** The page with a finished table. */
async function compared(query) {
  const page = await openPage(browser, site, query);
  await page.click("#tab-compare");
  await page.waitForSelector(".shot");
  await page.click("#generate");
  await done(page);
  return page;
}

/** Grey values of every picture that is shown, row by row. */
const pictures = (page) =>
  page.$$eval(".shot", (all) =>
    all
      .filter((shot) => shot.checkVisibility())
      .map((shot) => {
        const canvas = shot.querySelector("canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return [...data].filter((_, i) => i % 4 === 0).join();
      }),
  );

test("a link to the table makes the same table again; other forms cannot say it", async () => {
  const page = await compared("model=/short/&seed=5&class=b&clip=none&trajectory=trailing&guidance=2");
  const shown = await pictures(page);
  assert.ok(new Set(shown).size > 6, "pictures that differ");
  await page.click("#share-open");
  await page.waitForFunction(() => document.getElementById("share-text").value !== "");
  assert.match(await text(page, "share-of"), /every sampler, 10 to 100 steps · b · seed 5/);
  const link = new URL(await page.inputValue("#share-text"));
  assert.equal(link.hash, "#compare");
  assert.equal(link.searchParams.get("clip"), "none");
  await choose(page, "share-as", "python");
  await page.waitForFunction(() => document.getElementById("share-text")?.value === "");
  assert.match(await text(page, "share-hint"), /A table can be shared as a link/);
  assert.equal(await page.isDisabled("#share-copy"), true);

  const again = await (await browser.newContext()).newPage();
  await again.goto(link.href);
  await done(again);
  assert.deepEqual(await pictures(again), shown);
});

test("a link to the table has what is set for the samplers that are not chosen", async () => {
  const page = await openPage(browser, site, "model=/short/&seed=5&class=b&sampler=vdm&clip=x0&trajectory=even");
  await choose(page, "sampler", "ddpm");
  await page.click("#more summary");
  await page.fill("#sigma-clip", "2.5");
  await page.selectOption("#trajectory", "trailing");
  await choose(page, "sampler", "ddim");
  await page.click("#tab-compare");
  await page.waitForSelector(".shot");
  await page.click("#generate");
  await done(page);
  const shown = await pictures(page);
  // What was changed since belongs to no picture of the table.
  await page.selectOption("#trajectory", "linspace");
  await page.click("#share-open");
  await page.waitForFunction(() => document.getElementById("share-text").value !== "");
  const link = new URL(await page.inputValue("#share-text"));
  assert.match(link.searchParams.get("table"), /^ddpm_trailing_\S+_2\.5 analytic-ddpm_trailing_\S+ vdm_even_x0$/);
  const again = await (await browser.newContext()).newPage();
  await again.goto(link.href);
  await done(again);
  assert.deepEqual(await pictures(again), shown);
  assert.equal(await again.isChecked("input[name=sampler][value=ddim]"), true);

  const odd = await openPage(browser, site, "seed=5&table=vdm_sideways_none+ufo_even_x0");
  assert.match(
    await problem(odd, "run"),
    /^Ignored trajectory=sideways in the link, .* leading, .*\. Ignored sampler=ufo in the link, .* ddpm, /,
  );
});

test("the table's PNG has its pictures and their names, and brings its view back when it is dropped", async () => {
  const page = await compared("seed=5&class=a");
  const shown = await pictures(page);
  await openSave(page);
  await page.fill("#save-scale", "6");
  assert.equal(await page.isDisabled("#save-gif"), true);
  assert.equal(await page.isDisabled("#save-video"), true);
  const file = await saved(page, "png");
  assert.equal(file.name, "unnoise-compare-seed5-class0.png");
  const png = decodePng(file.bytes);
  assert.equal(await text(page, "save-size"), `${png.width} × ${png.height} pixels`);
  // Four columns of 8 pixels and lines between them, at the right and below; the names before and above.
  const [left, top] = [png.width - 6 * (4 * 9 - 1), png.height - 6 * (4 * 9 - 1)];
  assert.ok(left > 50 && top > 10, `${left}, ${top}`);
  const at = (x, y) => png.pixels[(y * png.width + x) * png.channels];
  const found = [0, 1, 2, 3].flatMap((row) =>
    [0, 1, 2, 3].map((column) => {
      const pixel = (_, i) => at(left + 6 * (9 * column + (i % 8)) + 3, top + 6 * (9 * row + Math.floor(i / 8)) + 3);
      return Array.from({ length: 64 }, pixel).join();
    }),
  );
  assert.deepEqual(found, shown);
  const names = Array.from({ length: left * (png.height - top) }, (_, i) => at(i % left, top + Math.floor(i / left)));
  assert.ok(names.filter((grey) => grey > 200).length > 100, "letters beside the rows");

  const { table, parameters } = JSON.parse(String((await saved(page, "json")).bytes));
  assert.match(parameters.table, /^ddpm_\S+ analytic-ddpm_\S+ vdm_own_none$/);
  const runs = table.slice(0, 5).map(({ sampler, steps }) => `${sampler} ${steps}`);
  assert.deepEqual(runs, ["ddpm 10", "ddpm 25", "ddpm 50", "ddpm 100", "ddpm 10"]);
  assert.ok(table.every(({ seconds, seed }) => seconds > 0 && seed === 5));

  const other = await openPage(browser, site, "seed=9");
  await drop(other, file);
  await other.waitForSelector("#tab-compare[aria-selected='true']");
  await other.click("#generate");
  await done(other);
  assert.deepEqual(await pictures(other), shown);
});
