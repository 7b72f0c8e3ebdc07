/** Looks at what the network has learnt: samples of it, state by state, and its score field. */

import type { Diffuser, Trainer } from "../../src/index.ts";
import { isAnalytic } from "../../ui/options.ts";
import { learnsVariance } from "../panel/defaults.ts";
import { energyDistance } from "./data/distance.ts";
import { mixtureScore } from "./data/mixture.ts";
import { levelAt, meansOf, predictedData, predictedScore } from "./process.ts";
import { learnedTable } from "./reverse.ts";
import { type Film, type Frame, SAMPLERS, SAMPLING_STEPS, type Store } from "./state.ts";

/** So many samples are drawn. */
export const SAMPLES = 600;

/** Arrows along a side of the field, and how far it reaches. */
const GRID = 20;
const REACH = 3;

/** Draws samples, always those of the same seed, and keeps every state of them. */
export async function sampled(diffuser: Diffuser, trainer: Trainer, store: Store): Promise<Film> {
  const { levels, asked, step, points } = store;
  const { scheduler } = trainer.info;
  const made = step.value;
  const known = levels.value ?? new Float64Array(0);
  const frames: Frame[] = [];
  const denoiser = async (x: Float32Array, t: number) => {
    const said = await trainer.predict(x, t);
    frames.push({ t, x, x0: predictedData(scheduler.prediction_type, x, meansOf(x, said), levelAt(known, t)) });
    return said;
  };
  const options = await optionsOf(diffuser, trainer, store);
  const run = diffuser.sample({
    denoiser,
    shape: [SAMPLES, 2, 1, 1],
    scheduler,
    steps: SAMPLING_STEPS,
    seed: asked.seed.value,
    ...options,
  });
  const { x } = await run.result();
  const distance = energyDistance(x, points.value, SAMPLES);
  return { frames: [...frames, { t: -1, x, x0: x }], step: made, distance };
}

/** The sampler as the library takes it, for points that lie in no range. A network without a variance of its own has DDPM's small one. */
async function optionsOf(diffuser: Diffuser, trainer: Trainer, store: Store) {
  const chosen = store.sampler.value;
  const own = chosen === "ddpm-learned" && !learnsVariance(trainer.info.scheduler) ? "ddpm-small" : chosen;
  if (own === "vdm") return SAMPLERS[own];
  const options = { ...SAMPLERS[own], clip: "none" as const };
  if (!isAnalytic(options.sampler)) return options;
  return { ...options, sigmaClip: 0, meanSqEps: await learnedTable(diffuser, trainer, store) };
}

/** The score at a timestep on a grid; the exact one beside it, where it is known. */
export async function fieldAt(trainer: Trainer, { levels, asked }: Store, t: number) {
  const kept = levelAt(levels.value ?? new Float64Array(0), t);
  const at = grid();
  const said = meansOf(at, await trainer.predict(at, t));
  const learned = predictedScore(trainer.info.scheduler.prediction_type, at, said, kept);
  return { at, learned, exact: asked.set.value === "mixture" ? mixtureScore(at, kept) : undefined };
}

/** The places of the arrows. */
function grid(): Float32Array {
  const at = (index: number) => REACH * ((2 * (index + 0.5)) / GRID - 1);
  return Float32Array.from({ length: 2 * GRID * GRID }, (_, i) => {
    const place = Math.floor(i / 2);
    return i % 2 === 0 ? at(place % GRID) : at(Math.floor(place / GRID));
  });
}
