/** The variance of each reverse step: DDPM's two choices, and the optimal one of a network (Bao et al. 2022, eq. 8 and 9). */

import type { Diffuser, PlanOptions, Trainer } from "../../src/index.ts";
import { mixtureScore } from "./data/mixture.ts";
import { levelsOf, meansOf, predictedNoise } from "./process.ts";
import { type Guess, tableOf } from "./squares.ts";
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

/** The table of the network, measured where its steps start. */
export function learnedTable(diffuser: Diffuser, trainer: Trainer, store: Store): Promise<number[]> {
  const { prediction_type } = trainer.info.scheduler;
  return measured(diffuser, trainer, store, async (x, t, kept) =>
    predictedNoise(prediction_type, x, meansOf(x, await trainer.predict(x, t)), kept),
  );
}

/** That of the exact score. */
function exactTable(diffuser: Diffuser, trainer: Trainer, store: Store): Promise<number[]> {
  return measured(diffuser, trainer, store, (x, _, kept) =>
    mixtureScore(x, kept).map((score) => -score * Math.sqrt(1 - kept)),
  );
}

async function measured(diffuser: Diffuser, { info }: Trainer, { points, asked }: Store, guess: Guess) {
  const { scheduler } = info;
  const { steps } = await diffuser.plan({ scheduler, steps: SAMPLING_STEPS });
  const timesteps = steps.map(({ t }) => t).reverse();
  const some = { data: points.value.subarray(0, 2 * FEW), seed: asked.seed.value };
  return tableOf(await levelsOf(diffuser, scheduler), timesteps, some, guess);
}

/** Measures the network on noised data. */
export async function reverseOf(diffuser: Diffuser, trainer: Trainer, store: Store): Promise<Reverse> {
  const { scheduler } = trainer.info;
  const variances = async (options: PlanOptions, meanSqEps?: number[]): Promise<Variances> => {
    const known = meanSqEps && { meanSqEps };
    const { steps } = await diffuser.plan({ scheduler, steps: SAMPLING_STEPS, ...options, ...known });
    return steps.filter(({ s }) => s !== null).map(({ t, z }) => [t, z ** 2]);
  };
  const optimal = (table: number[]) => variances({ sampler: "analytic-ddpm", sigmaClip: 0 }, table);
  const isKnown = store.asked.set.value === "mixture";
  return {
    small: await variances({ sampler: "ddpm", variance: "small" }),
    large: await variances({ sampler: "ddpm", variance: "large" }),
    learned: await optimal(await learnedTable(diffuser, trainer, store)),
    exact: isKnown ? await optimal(await exactTable(diffuser, trainer, store)) : undefined,
  };
}
