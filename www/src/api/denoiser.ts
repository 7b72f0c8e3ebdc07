/** Runs whose predictions come from a function on the caller's thread. */
import { invalid, looking, messageOf, UnnoiseError } from "../errors.ts";
import type { Client } from "../host/client.ts";
import type { Host } from "../host/host.ts";
import type { Denoiser, DenoiserOptions } from "../types.ts";
import { splitDenoiser } from "./options.ts";
import { Followed } from "./potential.ts";
import { type Run, seedOf, WorkerRun } from "./run.ts";

/** A run that asks the denoiser once per step; everything else is the engine's, as for a network. */
export function sampleWithDenoiser(host: Host, o: DenoiserOptions): Run {
  return new WorkerRun(host, seedOf(o), (seed, learn) => {
    const { signal, options, own, denoiser, shape, schedule } = looking("options", () => splitDenoiser(o, seed));
    const followed = own && new Followed(host, own, learn);
    // Kept until the next one: where the worker is replaced meanwhile, the denoiser is not asked twice.
    let answered: { index: number; prediction: Float32Array } | undefined;
    const answer = async (client: Client, run: number) => {
      const { x, timestep, index } = await client.call((worker) => worker.input(run));
      if (answered?.index === index) return answered;
      learn({ index, xt: x });
      const prediction = await ask(denoiser, x, timestep);
      // A copy where it may be needed once more, for the denoiser may write its next answer to the same place.
      answered = { index, prediction: host.canLoseDevice ? prediction.slice() : prediction };
      return answered;
    };
    return {
      signal,
      options,
      shape: () => [shape[1], shape[2], shape[3]],
      start: (client, options) => client.call((worker) => worker.runWithDenoiser(options, schedule, shape)),
      step: async (client, run) => {
        const { prediction } = await answer(client, run);
        return followed?.step(client, run, prediction) ?? client.call((worker) => worker.advance(run, prediction));
      },
      skip: async (client, run) => {
        const { index, prediction } = await answer(client, run);
        const one = () => client.call((worker) => worker.skip(run, index + 1, prediction));
        return followed?.skip(client, run, index + 1, prediction) ?? one();
      },
    };
  });
}

async function ask(denoiser: Denoiser, x: Float32Array, t: number): Promise<Float32Array> {
  let prediction: unknown;
  try {
    prediction = await denoiser(x, t);
  } catch (cause) {
    throw new UnnoiseError("denoiser-failed", `the denoiser failed at timestep ${t}: ${messageOf(cause)}`, { cause });
  }
  if (!looking("denoiser", () => prediction instanceof Float32Array)) {
    throw invalid("denoiser", prediction, "a function that returns a Float32Array, or a promise of one");
  }
  const floats = prediction as Float32Array;
  // One that was transferred away is empty and cannot be sent; another empty one tells the same story.
  return floats.length === 0 ? new Float32Array(0) : floats;
}
