// What the tests of training share: a page with a Diffuser, data, and what is asked of a trainer.
import { blankPage } from "./helpers.mjs";

/** A network for points that learns in a moment, and one for images of 8 x 8. */
export const SMALL = {
  points: { layers: 2, width: 32 },
  images: {
    block_out_channels: [8, 16],
    down_block_types: ["DownBlock2D", "DownBlock2D"],
    up_block_types: ["UpBlock2D", "UpBlock2D"],
    layers_per_block: 1,
    norm_num_groups: 4,
  },
};

/** A page with a Diffuser on the CPU. */
export async function trainingPage(browser, site, options = {}) {
  const page = await blankPage(browser, site, options);
  await page.evaluate(prepare, SMALL);
  return page;
}

async function prepare(small) {
  globalThis.small = small;
  globalThis.diffuser = await unnoise.Diffuser.create({ backend: "cpu", workers: 1 });
  /** Points on two short arcs. */
  globalThis.moons = (count) =>
    Float32Array.from({ length: 2 * count }, (_, i) => {
      const [point, axis] = [i >> 1, i & 1];
      const angle = (Math.PI * (point >> 1)) / (count >> 1);
      const side = point & 1 ? 1 : -1;
      return axis ? side * (Math.sin(angle) - 0.25) : Math.cos(angle) - 0.5 * side;
    });
  /** Images of 8 x 8 in grey: a bright half, at the left in class 0 and at the right in class 1. */
  globalThis.halves = (count) => ({
    images: Float32Array.from({ length: 64 * count }, (_, i) => (i % 8 < 4 === (i >> 6) % 2 < 1 ? 0.8 : -0.8)),
    shape: [1, 8, 8],
    labels: Array.from({ length: count }, (_, i) => i % 2),
  });
  /** Trains until so many steps are done, and gives the loss of each. */
  globalThis.losses = async (trainer, steps) => {
    const found = [];
    for await (const report of trainer) {
      found.push(...report.losses);
      if (found.length >= steps) break;
    }
    return found;
  };
  /** Twice the mean distance between the sets, less the mean distance within each: 0 for two samples of one distribution. */
  globalThis.energyDistance = (a, b) => {
    const mean = (a, b) => {
      let sum = 0;
      for (let i = 0; i < a.length; i += 2) {
        for (let j = 0; j < b.length; j += 2) sum += Math.hypot(a[i] - b[j], a[i + 1] - b[j + 1]);
      }
      return sum / ((a.length * b.length) / 4);
    };
    return 2 * mean(a, b) - mean(a, a) - mean(b, b);
  };
}
