/** Runs whose predictions come from a function on the caller's thread. */
import { invalid, looking, messageOf, UnnoiseError } from "./errors.ts";
import type { Host } from "./host.ts";
import { splitDenoiser } from "./options.ts";
import { goingOn, noiseOf, type Run, seedOf, WorkerRun } from "./run.ts";
import type { Denoiser, DenoiserOptions } from "./types.ts";

/** A run that asks the denoiser once a step; everything else is the engine's, as for a network. */
export function sampleWithDenoiser(host: Host, o: DenoiserOptions): Run {
  return new WorkerRun(host, seedOf(o), (seed) => {
    const { signal, options, denoiser, shape, schedule } = looking("options", () => splitDenoiser(o, seed));
    // Kept until the step is done: where the worker is replaced meanwhile, the denoiser is not asked twice.
    let answer: Float32Array | undefined;
    return {
      signal,
      shape: () => [shape[1], shape[2], shape[3]],
      noise: noiseOf(options),
      start: (client, again) =>
        client.call((worker) => worker.runWithDenoiser(goingOn(options, again), schedule, shape)),
      step: async (client, run) => {
        if (!answer) {
          const { x, timestep } = await client.call((worker) => worker.input(run));
          answer = await ask(denoiser, x, timestep);
        }
        const prediction = answer;
        const step = await client.call((worker) => worker.advance(run, prediction));
        answer = undefined;
        return step;
      },
    };
  });
}

async function ask(denoiser: Denoiser, x: Float32Array, t: number): Promise<Float32Array> {
  const prediction = await answer(denoiser, x, t);
  if (!looking("denoiser", () => prediction instanceof Float32Array)) {
    throw invalid("denoiser", prediction, "a function that returns a Float32Array, or a promise of one");
  }
  const floats = prediction as Float32Array;
  // One that was transferred away is empty and cannot be sent; another empty one tells the same story.
  return floats.length === 0 ? new Float32Array(0) : floats;
}

async function answer(denoiser: Denoiser, x: Float32Array, t: number): Promise<unknown> {
  try {
    return await denoiser(x, t);
  } catch (cause) {
    throw new UnnoiseError("denoiser-failed", `the denoiser failed at timestep ${t}: ${messageOf(cause)}`, { cause });
  }
}
