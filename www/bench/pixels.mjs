// How the time of a step grows with the pixels: the larger network without attention, on images of three sizes.
import { tinyScheduler, tinyWeights } from "../tests/tiny-model.mjs";
import { LARGER } from "./networks.mjs";

const SIDES = [16, 32, 64];
const LEVELS = LARGER.block_out_channels.length;

/** A row for each size: the median of our CPU module's times, and nanoseconds a pixel. */
export async function byPixels(page, site, rounds) {
  const rows = [];
  for (const side of SIDES) {
    const config = {
      ...LARGER,
      add_attention: false,
      down_block_types: new Array(LEVELS).fill("DownBlock2D"),
      up_block_types: new Array(LEVELS).fill("UpBlock2D"),
      sample_size: side,
    };
    const folder = `/bench/pixels-${side}/`;
    site.putModel(folder, { config, scheduler: tinyScheduler, weights: tinyWeights(undefined, config), labels: null });
    const ms = await page.evaluate(inPage, { folder, rounds });
    rows.push({
      image: `${side}x${side}`,
      "ms per step": ms.toFixed(1),
      "ns per pixel": Math.round((ms * 1e6) / side ** 2),
    });
  }
  return rows;
}

async function inPage({ folder, rounds }) {
  globalThis.engine ??= await globalThis.unnoise.Diffuser.create({ backend: "cpu" });
  const model = await globalThis.engine.load(folder);
  const x = await globalThis.unnoise.noise(1, [1, ...model.info.shape]);
  const times = [];
  for (let round = -2; round < rounds; round++) {
    const begun = performance.now();
    await model.predict(x, 500);
    if (round >= 0) times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}
