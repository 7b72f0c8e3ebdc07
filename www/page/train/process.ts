/** The forward process of points, and what a prediction says of them. */

import type { Diffuser, SchedulerConfig } from "../../src/index.ts";
import { Dice } from "./data/random.ts";

/** What a network says of the means of points, or of pictures of so many numbers: with a learned variance, as many of each follow on these. */
export function meansOf(x: Float32Array, said: Float32Array, size = 2): Float32Array {
  const each = (size * said.length) / Math.max(1, x.length);
  return each === size ? said : x.map((_, i) => said[Math.floor(i / size) * each + (i % size)] ?? 0);
}

/** alpha-bar of every training timestep: how much of the data's variance is left. */
export type Levels = Float64Array;

/** Asks the library for the levels of a schedule. */
export async function levelsOf(diffuser: Diffuser, scheduler: SchedulerConfig): Promise<Levels> {
  const steps = scheduler.num_train_timesteps ?? 1000;
  const trajectory = Array.from({ length: steps }, (_, i) => steps - 1 - i);
  const plan = await diffuser.plan({ scheduler, sampler: "ddim", trajectory });
  return Float64Array.from(plan.steps.reverse(), ({ logSnr }) => 1 / (1 + Math.exp(-logSnr)));
}

/** alpha-bar at a timestep, which may lie between two; 1 at the data, whose timestep is -1. */
export function levelAt(levels: Levels, t: number): number {
  if (t < 0) return 1;
  const low = levels[Math.floor(t)] ?? 1;
  const high = levels[Math.ceil(t)] ?? low;
  // The log SNR is linear between two, as the library has it.
  const logSnr = (level: number) => Math.log(level / (1 - level));
  if (low === high) return low;
  const between = logSnr(low) + (t - Math.floor(t)) * (logSnr(high) - logSnr(low));
  return 1 / (1 + Math.exp(-between));
}

/** The data at a noise level: sqrt(kept) x + sqrt(1 - kept) eps, with the same eps of every point at every level. */
export function diffused(points: Float32Array, kept: number, seed: number): Float32Array {
  const dice = new Dice(seed + 1);
  return points.map((value) => Math.sqrt(kept) * value + Math.sqrt(1 - kept) * dice.normal());
}

/** What the network predicts, by the scheduler's name for it. */
type Prediction = SchedulerConfig["prediction_type"];

/** The predicted data of noisy points, from what the network says of them. */
export function predictedData(type: Prediction, x: Float32Array, said: Float32Array, kept: number): Float32Array {
  const [signal, noise] = [Math.sqrt(kept), Math.sqrt(1 - kept)];
  if (type === "sample") return said;
  if (type === "v_prediction") return x.map((value, i) => signal * value - noise * (said[i] ?? 0));
  return x.map((value, i) => (value - noise * (said[i] ?? 0)) / signal);
}

/** The predicted noise of noisy data, from what the network says of them. */
export function predictedNoise(type: Prediction, x: Float32Array, said: Float32Array, kept: number): Float32Array {
  const [signal, noise] = [Math.sqrt(kept), Math.sqrt(Math.max(1 - kept, 1e-12))];
  if (type === "sample") return x.map((value, i) => (value - signal * (said[i] ?? 0)) / noise);
  if (type === "v_prediction") return x.map((value, i) => noise * value + signal * (said[i] ?? 0));
  return said;
}

/** The score, the gradient of the log density: -eps_hat / sqrt(1 - alpha-bar). */
export function predictedScore(type: Prediction, x: Float32Array, said: Float32Array, kept: number): Float32Array {
  const strength = Math.sqrt(Math.max(1 - kept, 1e-12));
  return predictedNoise(type, x, said, kept).map((eps) => -eps / strength);
}
