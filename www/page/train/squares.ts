/** The mean square of the noise that a network predicts: the table of Analytic-DPM (Bao et al. 2022, eq. 8). */

import { Dice } from "./data/random.ts";
import type { Levels } from "./process.ts";

/** What is said of the noise in data that were noised to a timestep, whose alpha-bar is `kept`. */
export type Guess = (x: Float32Array, t: number, kept: number) => Float32Array | Promise<Float32Array>;

/**
 * E ||eps_hat||^2 / d, as the library takes it: an entry per timestep, one later, and 0 for the data. Measured at these timesteps, which
 * rise, with each of the data noised twice. Between them Gamma is linear, as in continuous time (appendix E): the same without the
 * factor 1 - alpha-bar.
 */
export async function tableOf(
  levels: Levels,
  timesteps: readonly number[],
  { data, seed }: { data: Float32Array; seed: number },
  guess: Guess,
): Promise<number[]> {
  const [twice, noise] = [joined(data, data), noiseFor(data, seed)];
  const gammas: Gamma[] = [];
  for (const t of timesteps) {
    const kept = levels[t] ?? 1;
    const x = twice.map((value, i) => Math.sqrt(kept) * value + Math.sqrt(1 - kept) * (noise[i] ?? 0));
    gammas.push([t, meanSquare(await guess(x, t, kept)) / (1 - kept)]);
  }
  return [0, ...Array.from(levels, (kept, t) => (1 - kept) * between(gammas, t))];
}

/** Gamma at a timestep. */
type Gamma = readonly [t: number, value: number];

/** Linear between two that were measured, constant outside. */
function between(gammas: readonly Gamma[], t: number): number {
  const after = gammas.findIndex(([one]) => one >= t);
  const [next, last] = [gammas.at(after), gammas[after - 1]];
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
