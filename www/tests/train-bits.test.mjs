// The same seed gives the same losses and weights to the last bit in every browser and in a native build: tests/training/same_bits.rs has
// the other half.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { firefoxPage, launchFirefox } from "./firefox.mjs";
import { setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const golden = new URL("../../tests/golden/training.json", import.meta.url);
const { cases } = JSON.parse(await readFile(golden, "utf8"));

// A step fills the time of a report, so that each report has one and the loop ends after as many steps as were asked for.
site.patch("/pkg/burn/unnoise.js", { after: `(${slowed})(Trainer);` });

function slowed(Trainer) {
  const { step } = Trainer.prototype;
  Trainer.prototype.step = async function () {
    const report = await step.call(this);
    await new Promise((resolve) => setTimeout(resolve, 35));
    return report;
  };
}

/** In a page: the losses of as many steps of a case as it lists, and the hashes of the averaged weights and of the state after them. */
async function trained({ count, shape, options, losses }) {
  globalThis.diffuser ??= await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
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
  const state = await (await trainer.state()).arrayBuffer();
  trainer.dispose();
  const sha256 = async (bytes) => {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  // A safetensors file: the header's length, the header, the tensors.
  const start = 8 + new DataView(state).getUint32(0, true);
  const { average } = JSON.parse(new TextDecoder().decode(new Uint8Array(state, 8, start - 8)));
  const weights = state.slice(...average.data_offsets.map((offset) => start + offset));
  return { losses: found.map(String), weights: await sha256(weights), state: await sha256(state) };
}

for (const engine of ["Chromium", "Firefox"]) {
  test(`in ${engine} a training has the losses and the weights of a native build to the last bit`, async () => {
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
      const { name, losses, weights, state } = case_;
      assert.deepEqual(await page.evaluate(trained, case_), { losses, weights, state }, name);
    }
  });
}
