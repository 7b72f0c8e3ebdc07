// The same seed gives the same losses to the last bit in every browser and in a native build: tests/training/same_bits.rs has the other half.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { firefoxPage, launchFirefox } from "./firefox.mjs";
import { setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const golden = new URL("../../tests/golden/training.json", import.meta.url);
const { cases } = JSON.parse(await readFile(golden, "utf8"));

/** In a page: the losses of as many steps of a case as it lists. */
async function losses({ count, shape, options, losses }) {
  const diffuser = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
  const numbers = (length) => Float32Array.from({ length }, (_, i) => ((i * 31) % 33) / 16 - 1);
  const images = () => numbers(count * shape[0] * shape[1] * shape[2]);
  const data = shape
    ? { images: images(), shape, labels: Array.from({ length: count }, (_, i) => i % 3) }
    : { points: numbers(2 * count) };
  const trainer = await diffuser.train(data, options);
  const found = [];
  for await (const report of trainer) {
    found.push(...report.losses);
    if (found.length >= losses.length) break;
  }
  diffuser.dispose();
  return found.slice(0, losses.length).map(String);
}

for (const engine of ["Chromium", "Firefox"]) {
  test(`in ${engine} a training has the losses of a native build to the last bit`, async () => {
    const address = `${site.origin}/blank.html`;
    let page;
    if (engine === "Chromium") {
      page = await (await browser.newContext()).newPage();
      await page.goto(address);
    } else {
      const firefox = await launchFirefox();
      after(() => firefox.close());
      page = await firefoxPage(firefox, address);
    }
    await page.waitForFunction(() => globalThis.ready === true);
    for (const case_ of cases) {
      assert.ok(case_.losses.length > 20);
      assert.deepEqual(await page.evaluate(losses, case_), case_.losses, case_.name);
    }
  });
}
