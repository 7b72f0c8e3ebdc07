/** What is compared: the rows and columns of the table, and the settings that each of its runs has. */

import type { Model } from "../../src/index.ts";
import type { SamplerName } from "../../ui/options.ts";
import type { Settings } from "../settings.ts";

/** A row: a sampler with what it is set to. */
interface Row {
  sampler: SamplerName;
  variance?: "small" | "large";
  /** It needs the model's table. */
  analytic?: true;
}

/** The samplers, from the oldest to the newest. */
export const ROWS: readonly Row[] = [
  { sampler: "ddpm", variance: "small" },
  { sampler: "ddpm", variance: "large" },
  { sampler: "ddim" },
  { sampler: "analytic-ddpm", analytic: true },
  { sampler: "analytic-ddim", analytic: true },
  { sampler: "vdm" },
];

/** Counts of steps. */
export const COLUMNS = [10, 25, 50, 100] as const;

/** A place in the table. */
export interface Place {
  row: number;
  column: number;
}

/** The places that a model can fill, in the order they are computed: the cheap columns first. */
export function placesOf(info: Model["info"]): Place[] {
  return COLUMNS.flatMap((_, column) =>
    ROWS.flatMap(({ analytic }, row) => (analytic && !info.hasAnalytic ? [] : [{ row, column }])),
  );
}

/** A place in the first row of a sampler, with as many steps as a run has by default, or as the schedule has in all. */
export function placeOf(sampler: SamplerName, timesteps: number): Place {
  const column = COLUMNS.filter((steps) => steps <= Math.min(50, timesteps)).length - 1;
  return { row: ROWS.findIndex((row) => row.sampler === sampler), column };
}

/** Steps that a place takes. */
export function stepsOf({ column }: Place): number {
  return COLUMNS[column] ?? 0;
}

/** What all runs of the table share. */
export type SharedSettings = Pick<Settings, "class" | "seed" | "guidance" | "rng">;

/** A trajectory, a clipping and a bound of the last noise. */
export type Own = Pick<Settings, "trajectory" | "clip" | "sigmaClip">;

/** A sampler with its own. */
export type OfSampler = Own & Pick<Settings, "sampler">;

/** What is set for each kind of sampler that has its own. */
export function owned(ownOf: (sampler: SamplerName) => Own): OfSampler[] {
  return (["ddpm", "analytic-ddpm", "vdm"] as const).map((sampler) => ({ sampler, ...ownOf(sampler) }));
}

/** The settings of one place: one image, and the sampler as its row says. */
export function settingsOf(place: Place, shared: SharedSettings, ownOf: (sampler: SamplerName) => Own): Settings {
  const { sampler, variance = "small" } = ROWS[place.row] ?? { sampler: "ddim" };
  return { ...shared, ...ownOf(sampler), sampler, variance, eta: 0, steps: stepsOf(place), images: 1 };
}
