/** The signal-to-noise ratio at every timestep of a run, read off its plan. */

import type { Plan } from "../src/index.ts";

/** SNR at a timestep; null is the data, whose SNR is infinite. Undefined for a timestep that the run does not visit. */
export type Snr = (timestep: number | null) => number | undefined;

/** When nothing is known. */
export const unknownSnr: Snr = (timestep) => (timestep === null ? Number.POSITIVE_INFINITY : undefined);

/** The levels of a plan. */
export function snrOf({ steps }: Plan): Snr {
  const known = new Map(steps.map(({ t, logSnr }) => [t, Math.exp(logSnr)]));
  return (timestep) => (timestep === null ? Number.POSITIVE_INFINITY : known.get(timestep));
}
