/** Runs whose predictions come from a function on the caller's thread. */
import type { Client } from "./client.ts";
import { invalid, messageOf, UnnoiseError } from "./errors.ts";
import { splitDenoiser } from "./options.ts";
import { type Run, seedOf, WorkerRun } from "./run.ts";
import type { Denoiser, DenoiserOptions } from "./types.ts";

/** A run that asks the denoiser once a step; everything else is the engine's, as for a network. */
export function sampleWithDenoiser(client: Client, o: DenoiserOptions): Run {
  return new WorkerRun(client, seedOf(o), (seed) => {
    const { signal, options, denoiser, shape, schedule } = splitDenoiser(o, seed);
    return {
      signal,
      shape: () => [shape[1], shape[2], shape[3]],
      start: () => client.call((worker) => worker.runWithDenoiser(options, schedule, shape)),
      step: async (run) => {
        const { x, timestep } = await client.call((worker) => worker.input(run));
        const prediction = await ask(denoiser, x, timestep);
        return client.call((worker) => worker.advance(run, prediction));
      },
    };
  });
}

async function ask(denoiser: Denoiser, x: Float32Array, t: number): Promise<Float32Array> {
  const prediction = await answer(denoiser, x, t);
  if (prediction instanceof Float32Array) return prediction;
  throw invalid("denoiser", prediction, "a function that returns a Float32Array, or a promise of one");
}

async function answer(denoiser: Denoiser, x: Float32Array, t: number): Promise<unknown> {
  try {
    return await denoiser(x, t);
  } catch (cause) {
    throw new UnnoiseError("denoiser-failed", `the denoiser failed at timestep ${t}: ${messageOf(cause)}`, { cause });
  }
}
