/** Times steps of a model on this machine, and writes what was found as markdown. */

import type { Backend, Model } from "../../src/index.ts";
import { oneLabel } from "../settings.ts";
import { DEVICES } from "../texts.ts";

/** The steps of one size of batch. */
export interface Timing {
  images: number;
  /** Milliseconds of each step, its pictures read. */
  ms: number[];
}

/** Sizes of batch that are timed. */
export const BATCHES = [1, 16];
/** Steps before the first that counts: engines of WebAssembly compile hot loops meanwhile, GPUs their pipelines. */
const WARM_UP = 3;
/** How long a size of batch is timed, in milliseconds, but at least so many steps. */
const BUDGET_MS = 4000;
const LEAST_STEPS = 5;
/** Steps of the run: more than fit into the budget on a fast machine, as few as a schedule has. */
const MOST_STEPS = 400;

/** Times steps of DDIM; `onStep` is told how many count so far. */
export async function timeSteps(
  model: Model,
  images: number,
  signal: AbortSignal,
  onStep: (timed: number) => void,
): Promise<Timing> {
  const { scheduler } = model.info;
  const steps = Math.min(MOST_STEPS, scheduler.num_train_timesteps ?? 1000);
  const ms: number[] = [];
  let spent = 0;
  let begun = performance.now();
  for await (const step of model.sample({
    sampler: "ddim",
    steps,
    seed: 7,
    batch: images,
    signal,
    ...oneLabel(model.info),
  })) {
    step.rgba("x0", 0);
    const took = performance.now() - begun;
    if (step.index >= WARM_UP) {
      ms.push(took);
      spent += took;
    }
    onStep(ms.length);
    if (spent > BUDGET_MS && ms.length >= LEAST_STEPS) break;
    begun = performance.now();
  }
  return { images, ms };
}

/** What a report tells of besides its times. */
interface Circumstances {
  date: Date;
  model: Model["info"];
  backend: Backend;
  browser: string;
  processors: number;
}

/** The report: markdown that can be pasted into an issue. */
export function reportOf(
  timings: readonly Timing[],
  { date, model, backend, browser, processors }: Circumstances,
): string {
  const [channels, height, width] = model.shape;
  const size = `${(model.parameters / 1e6).toFixed(1)} M parameters, ${height} × ${width} × ${channels}`;
  const workers = backend.workers > 1 ? `, ${backend.workers} workers` : "";
  const rows = timings.map(({ images, ms }) => {
    const sorted = [...ms].sort((a, b) => a - b);
    const [least = Number.NaN, middle = Number.NaN] = [sorted[0], sorted[Math.floor(sorted.length / 2)]];
    const cells = [images, ms.length, written(middle), `${written(least)} to ${written(sorted.at(-1) ?? Number.NaN)}`];
    return `| ${[...cells, written((1000 * images) / middle)].join(" | ")} |`;
  });
  return [
    `unnoise, ${date.toISOString().slice(0, 10)}`,
    `- model: ${model.name ?? "unnamed"}, ${size}`,
    `- engine: ${engineName(backend)}${workers}; ${backend.adapter}`,
    `- browser: ${browser}; ${processors} processors`,
    "",
    "| images at a time | steps timed | ms per step, median | least to most | images' steps per second |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** "burn on WebGPU": a back end in a report, which is in English whoever writes it, for others read it. */
export function engineName({ kind, device }: Pick<Backend, "kind" | "device">): string {
  return `${kind === "burn" ? "burn on " : ""}${DEVICES[device]}`;
}

/** Three digits. */
function written(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
