/** Analytic-DPM's table of a network that was trained on pictures, measured on a few of them when the network becomes a model. */

import type { AnalyticTable, Diffuser, TrainedFiles } from "../../../src/index.ts";
import { levelsOf, meansOf, predictedNoise } from "../process.ts";
import { tableOf } from "../squares.ts";
import type { Lesson } from "./lesson.ts";

/** So many pictures are enough (Bao et al. 2022, table 5). Each is noised twice. */
const FEW = 8;

/** So many timesteps are measured, the denser the less noise there is: there the noise that is predicted changes most. */
const LEVELS = 24;

/** Measures it. `progress` hears which part is done. */
export async function measuredTable(
  diffuser: Diffuser,
  files: TrainedFiles,
  { data, shape }: Pick<Lesson, "data" | "shape">,
  progress: (part: number) => void,
): Promise<AnalyticTable> {
  const model = await diffuser.load(files);
  try {
    const { scheduler } = model.info;
    const levels = await levelsOf(diffuser, scheduler);
    const timesteps = measuredOf(levels.length);
    const size = shape[0] * shape[1] * shape[2];
    const some = fewOf(data.images.length / size);
    const images = new Float32Array(size * some.length);
    for (const [i, index] of some.entries())
      images.set(data.images.subarray(index * size, (index + 1) * size), i * size);
    const own = some.map((index) => data.labels?.[index] ?? 0);
    const labels = data.labels && [...own, ...own];
    let done = 0;
    const mean_sq_eps = await tableOf(levels, timesteps, { data: images, seed: 0 }, async (x, t, kept) => {
      const said = meansOf(x, await model.predict(x, t, labels), size);
      progress(++done / timesteps.length);
      return predictedNoise(scheduler.prediction_type, x, said, kept);
    });
    return { mean_sq_eps };
  } finally {
    model.dispose();
  }
}

/** The timesteps that are measured, of so many. */
function measuredOf(timesteps: number): number[] {
  const all = Array.from({ length: LEVELS }, (_, k) => Math.round((timesteps - 1) * (k / (LEVELS - 1)) ** 2));
  return [...new Set(all)];
}

/** Few of so many, from all of them. */
function fewOf(count: number): number[] {
  const few = Math.min(FEW, count);
  return Array.from({ length: few }, (_, i) => Math.floor((i * count) / few));
}
