/** Every sentence that the view "Compare" says while it runs. */

import { count } from "../../ui/words.ts";
import { left } from "../texts.ts";

/** How far the pictures of the table are. */
export function picturesDone(done: number, total: number, rest: number | undefined): string {
  return `${done} of ${count(total, "picture")}${rest === undefined ? "" : ` · ${left(rest)} left`}`;
}

/** What the table will cost. */
export function tableCost(time: string, pictures: number): string {
  return `${time.charAt(0).toUpperCase()}${time.slice(1)} for ${count(pictures, "picture")} on this machine.`;
}

/** "0.8 s", "12 s". */
export function took(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** Everything else, by name. */
export const comparison = {
  verb: "Compare",
  sampler: "sampler",
  steps: (steps: number) => count(steps, "step"),
  noTable: "Needs the table analytic_dpm.json, which this model lacks. Model.estimateAnalytic measures it from images.",
  waiting: "not computed yet",
  running: (step: number, steps: number) => `step ${step} of ${steps}`,
  done: (seconds: number) => `done in ${took(seconds)}`,
  cell: (sampler: string, steps: number, state: string) =>
    `${sampler}, ${count(steps, "step")}: ${state}. Open in Generate`,
  failed: "–",
  cellFailed: (sampler: string, steps: number, sentence: string) => `${sampler}, ${count(steps, "step")}: ${sentence}`,
  made: (seed: number, className: string) => [`seed ${seed}`, className].filter((part) => part !== "").join(" · "),
  begun: (pictures: number) => `Computing ${count(pictures, "picture")}, those of few steps first.`,
  progress: (done: number, total: number, rest: string) => `${done} of ${count(total, "picture")}, ${rest} left.`,
  finished: (pictures: number) => `Done: ${count(pictures, "picture")}.`,
  stopped: (done: number, total: number) => `stopped with ${done} of ${count(total, "picture")}`,
  stoppedByError: "stopped by an error",
  total: (seconds: number) => `done in ${took(seconds)}`,
} as const;
