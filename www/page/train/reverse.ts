/** The variance of each reverse step: DDPM's two choices, and the optimal one of a network (Bao et al. 2022, eq. 8 and 9). */

import type { Diffuser, PlanOptions, Trainer } from "../../src/index.ts";
import { mixtureScore } from "./data/mixture.ts";
import { Dice } from "./data/random.ts";
import { meansOf, predictedScore } from "./process.ts";
import { SAMPLING_STEPS, type Store } from "./state.ts";

/** So many points are noised at each timestep, each twice. */
const FEW = 250;

/** The variance of a step by the timestep that it starts from, noisiest first. */
export type Variances = readonly (readonly [t: number, variance: number])[];

/** Variances of the steps that samples are drawn with, but the last, which adds no noise. */
export interface Reverse {
  /** DDPM's beta-tilde. */
  small: Variances;
  /** DDPM's beta. */
  large: Variances;
  /** The optimal one of the network. */
  learned: Variances;
  /** That of the exact score, where it is known. */
  exact: Variances | undefined;
}

/** Measures the network on noised data. */
export async function reverseOf(diffuser: Diffuser, trainer: Trainer, { points, asked }: Store): Promise<Reverse> {
  const { scheduler } = trainer.info;
  const once = points.value.subarray(0, 2 * FEW);
  const few = Float32Array.of(...once, ...once);
  const noise = noiseFor(once, asked.seed.value);
  const exactly = asked.set.value === "mixture";
  const plan = async (options: PlanOptions, table?: number[]) => {
    const known = table && { meanSqEps: table };
    const { steps } = await diffuser.plan({ scheduler, steps: SAMPLING_STEPS, ...options, ...known });
    return steps;
  };
  const variances = async (options: PlanOptions, table?: number[]): Promise<Variances> =>
    (await plan(options, table)).filter(({ s }) => s !== null).map(({ t, z }) => [t, z ** 2]);
  const optimal = (table: number[]) => variances({ sampler: "analytic-ddpm", sigmaClip: 0 }, table);

  // Of timesteps that no step starts from nothing is asked.
  const learned = new Array<number>((scheduler.num_train_timesteps ?? 1000) + 1).fill(1);
  const exact = [...learned];
  for (const { t, logSnr } of await plan({ sampler: "ddpm" })) {
    const kept = 1 / (1 + Math.exp(-logSnr));
    const x = few.map((value, i) => Math.sqrt(kept) * value + Math.sqrt(1 - kept) * (noise[i] ?? 0));
    const said = meansOf(x, await trainer.predict(x, t));
    learned[t + 1] = (1 - kept) * meanSquare(predictedScore(scheduler.prediction_type, x, said, kept));
    if (exactly) exact[t + 1] = (1 - kept) * meanSquare(mixtureScore(x, kept));
  }
  return {
    small: await variances({ sampler: "ddpm", variance: "small" }),
    large: await variances({ sampler: "ddpm", variance: "large" }),
    learned: await optimal(learned),
    exact: exactly ? await optimal(exact) : undefined,
  };
}

/**
 * Noise for the points, and its opposite for the same points again. Its mean square is the expected 1, and with the points it has no
 * correlation, as is expected too: that leaves a tenth of the error or less where there is more noise than data.
 */
function noiseFor(points: Float32Array, seed: number): Float32Array {
  const dice = new Dice(seed + 1);
  const drawn = points.map(() => dice.normal());
  const strength = Math.sqrt(meanSquare(drawn));
  return Float32Array.of(...drawn.map((value) => value / strength), ...drawn.map((value) => -value / strength));
}

function meanSquare(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length);
}
