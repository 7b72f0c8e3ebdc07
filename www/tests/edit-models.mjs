// What the tests of editing work on: a picture of 8 by 8 pixels, a mask of its left half, and the tiny model on both modules.
import { blankPage } from "./helpers.mjs";

/** Gives a page the picture and the mask. */
export const givePicture = (page) =>
  page.evaluate(() => {
    globalThis.picture = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * 0.7) * 0.9);
    globalThis.mask = Float32Array.from({ length: 64 }, (_, i) => Number(i % 8 < 4));
  });

/** A page with both, the models, and `model`, that of the CPU. */
export async function modelsPage(browser, site) {
  const page = await blankPage(browser, site);
  await givePicture(page);
  await page.evaluate(async () => {
    globalThis.models = {};
    for (const backend of ["cpu", "webgpu"]) {
      const diffuser = await unnoise.Diffuser.create({ backend });
      models[backend] = await diffuser.load("/tiny/");
    }
    globalThis.model = models.cpu;
  });
  return page;
}
