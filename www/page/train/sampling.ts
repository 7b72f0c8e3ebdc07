/** Looks at what the network has learnt: samples of it, state by state, and its score field. */

import type { Diffuser, Trainer } from "../../src/index.ts";
import { energyDistance } from "./data/distance.ts";
import { mixtureScore } from "./data/mixture.ts";
import { levelAt, meansOf, predictedData, predictedScore } from "./process.ts";
import { type Film, type Frame, SAMPLING_STEPS, type Store } from "./state.ts";

/** So many samples are drawn. */
export const SAMPLES = 600;

/** Arrows along a side of the field, and how far it reaches. */
const GRID = 20;
const REACH = 3;

/** Draws samples, always those of the same seed, and keeps every state of them. */
export async function sampled(
  diffuser: Diffuser,
  trainer: Trainer,
  { sampler, levels, asked, step, points }: Store,
): Promise<Film> {
  const { scheduler } = trainer.info;
  const made = step.value;
  const known = levels.value ?? new Float64Array(0);
  const frames: Frame[] = [];
  const denoiser = async (x: Float32Array, t: number) => {
    const said = await trainer.predict(x, t);
    frames.push({ t, x, x0: predictedData(scheduler.prediction_type, x, meansOf(x, said), levelAt(known, t)) });
    return said;
  };
  const run = diffuser.sample({
    denoiser,
    shape: [SAMPLES, 2, 1, 1],
    scheduler,
    sampler: sampler.value,
    steps: SAMPLING_STEPS,
    seed: asked.seed.value,
    ...(sampler.value !== "vdm" && { clip: "none" as const }),
  });
  const { x } = await run.result();
  const distance = energyDistance(x, points.value, SAMPLES);
  return { frames: [...frames, { t: -1, x, x0: x }], step: made, distance };
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
