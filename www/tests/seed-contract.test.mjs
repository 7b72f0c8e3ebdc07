// The seed contract in the browser: both modules draw and compute the very bits whose hashes the native tests hold.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { blankPage, setUp } from "./helpers.mjs";

const golden = JSON.parse(await readFile(new URL("../../tests/golden/seed_contract.json", import.meta.url), "utf8"));

const { browser, site } = await setUp();

/** In the page: the hashes of the same draws and runs, by one module. */
async function hashes({ backend, golden }) {
  const diffuser = await unnoise.Diffuser.create({ backend });
  const sha256 = async (floats) => {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", floats));
    return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const noise = [];
  for (const { seed, shape } of golden.noise) noise.push(await sha256(await unnoise.noise(seed, shape)));
  const runs = [];
  for (const { options, shape } of golden.runs) {
    const denoiser = (x) => x.map((value) => value / 2);
    const { x } = await diffuser.sample({ ...options, denoiser, shape, scheduler: {} }).result();
    runs.push(await sha256(x));
  }
  diffuser.dispose();
  return { noise, runs };
}

for (const backend of ["cpu", "webgpu"]) {
  test(`the ${backend} module draws and computes the bits of the golden hashes`, async () => {
    const page = await blankPage(browser, site);
    const found = await page.evaluate(hashes, { backend, golden });
    assert.deepEqual(
      found.noise,
      golden.noise.map((entry) => entry.sha256),
    );
    assert.deepEqual(
      found.runs,
      golden.runs.map((entry) => entry.sha256),
    );
  });
}
