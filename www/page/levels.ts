/** The signal-to-noise ratio at every training timestep, read off the library's own plans. */

import type { Model } from "../src/index.ts";

/** SNR at a timestep; null is the data, whose SNR is infinite. Undefined where the model's schedule does not tell. */
export type Snr = (timestep: number | null) => number | undefined;

/** When nothing is known. */
export const unknownSnr: Snr = (timestep) => (timestep === null ? Number.POSITIVE_INFINITY : undefined);

/**
 * Asks for two plans. DDIM without noise over every timestep arrives at x_s = sqrt(alpha_bar_s) x0 + sigma_s eps, so its
 * coefficients are the signal and the noise at s. No step arrives at the noisiest level T - 1: there DDPM's step tells,
 * for x_s = c_x0 x0 + c_xt x_t has the signal sqrt(alpha_bar_s) = c_x0 + c_xt sqrt(alpha_bar_t).
 */
export async function readLevels(model: Model): Promise<Snr> {
  const count = Number(model.info.scheduler.num_train_timesteps ?? 1000);
  const all = Array.from({ length: count }, (_, index) => count - 1 - index);
  const ddim = await model.plan({ sampler: "ddim", eta: 0, clip: "none", trajectory: all });
  const snr = new Map<number, number>();
  let signalBelow = 1;
  for (const { s, x0, eps } of ddim.steps) {
    if (s === null) continue;
    snr.set(s, (x0 / eps) ** 2);
    if (s === count - 2) signalBelow = x0;
  }
  const [first] = (await model.plan({ sampler: "ddpm", clip: "none", trajectory: [count - 1, count - 2] })).steps;
  if (first && count > 1) {
    const alphaBar = ((signalBelow - first.x0) / first.xt) ** 2;
    snr.set(count - 1, alphaBar / (1 - alphaBar));
  }
  return (timestep) => (timestep === null ? Number.POSITIVE_INFINITY : snr.get(timestep));
}
