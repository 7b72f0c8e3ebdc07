/** The mean square of the noise that a network predicts: the table of Analytic-DPM (Bao et al. 2022, eq. 8). */

import type { SchedulerConfig } from "../../src/index.ts";
import { Dice } from "./data/random.ts";

/** A timestep and its alpha-bar. */
export type Level = readonly [t: number, kept: number];

/** What is said of the noise in data that were noised to a level. */
export type Guess = (x: Float32Array, level: Level) => Float32Array | Promise<Float32Array>;

/**
 * E ||eps_hat||^2 / d of the data, noised twice to each of these levels, the least noisy first; linear between them, as Bao et al. have it in continuous time
 * (appendix E). As the library takes it: an entry per timestep, one later, and 0 for the data.
 */
export async function tableOf(
  { num_train_timesteps: timesteps = 1000 }: SchedulerConfig,
  levels: readonly Level[],
  { data, seed }: { data: Float32Array; seed: number },
  guess: Guess,
): Promise<number[]> {
  const [twice, noise] = [joined(data, data), noiseFor(data, seed)];
  const measured: (readonly [t: number, square: number])[] = [];
  for (const level of levels) {
    const [t, kept] = level;
    const x = twice.map((value, i) => Math.sqrt(kept) * value + Math.sqrt(1 - kept) * (noise[i] ?? 0));
    measured.push([t, meanSquare(await guess(x, level))]);
  }
  return Array.from({ length: timesteps + 1 }, (_, n) => (n === 0 ? 0 : between(measured, n - 1)));
}

/** Linear between two that were measured, constant outside. */
function between(measured: readonly (readonly [t: number, square: number])[], t: number): number {
  const after = measured.findIndex(([one]) => one >= t);
  const [next, last] = [measured.at(after), measured[after - 1]];
  if (!next || !last) return next?.[1] ?? 1;
  return last[1] + ((t - last[0]) / (next[0] - last[0])) * (next[1] - last[1]);
}

/**
 * Noise for the data, and its opposite for the same data again. Its mean square is the expected 1, and with the data it has no
 * correlation, as is expected too: that leaves a tenth of the error or less where there is more noise than data.
 */
function noiseFor(data: Float32Array, seed: number): Float32Array {
  const dice = new Dice(seed + 1);
  const drawn = data.map(() => dice.normal());
  const strength = Math.sqrt(meanSquare(drawn));
  const scaled = drawn.map((value) => value / strength);
  return joined(
    scaled,
    scaled.map((value) => -value),
  );
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function meanSquare(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length);
}
