/** Every sentence that the view "Compare" says while it runs. */

import { count } from "../../ui/words.ts";

/** Everything else, by name. */
export const comparison = {
  verb: "Compare",
  sampler: "sampler",
  steps: (steps: number) => count(steps, "step"),
  noTable: "Needs the table analytic_dpm.json, which this model lacks. Model.estimateAnalytic measures it from images.",
  waiting: "not computed yet",
  cell: (sampler: string, steps: number, state: string) =>
    `${sampler}, ${count(steps, "step")}: ${state}. Open in Generate`,
  failed: "–",
  cellFailed: (sampler: string, steps: number, sentence: string) => `${sampler}, ${count(steps, "step")}: ${sentence}`,
  made: (seed: number, className: string) => [`seed ${seed}`, className].filter((part) => part !== "").join(" · "),
  begun: (pictures: number) => `${count(pictures, "picture")}, those of few steps first`,
} as const;
