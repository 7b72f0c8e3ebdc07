/** The one loop behind `Model.encode`, `Model.likelihood` and `Model.estimateAnalytic`. */
import { untilAborted } from "../abort.ts";
import { looking } from "../errors.ts";
import type { Findings, MeasureOptions } from "../findings.ts";
import type { Client } from "../host/client.ts";
import type { Host } from "../host/host.ts";
import type { Found } from "../protocol.ts";
import type { RemoteNetwork } from "./network.ts";
import { floats, splitMeasure } from "./options.ts";

/** A measurement whose options have been checked. */
type Work<Kind> = ReturnType<typeof splitMeasure> & { kind: Kind; x: Float32Array };

/** Measures; where the graphics device is lost meanwhile, the measurement begins again in the next worker. */
export async function measure<Kind extends keyof Findings>(
  host: Host,
  network: RemoteNetwork,
  kind: Kind,
  x: Float32Array,
  given: MeasureOptions,
): Promise<Found<Findings[Kind]>> {
  // A copy, for the caller may change the images while they are measured.
  const options = looking("options", () => splitMeasure(given));
  const work = { ...options, kind, x: looking("x", () => floats("x", x).slice()) };
  work.signal?.throwIfAborted();
  return untilAborted(
    host.use((client) => measureIn(client, network.in(client), work)),
    work.signal,
  );
}

/**
 * Measures step by step, one call of the worker each, so that other calls go between them, and frees the measurement however
 * it ends.
 */
async function measureIn<Kind extends keyof Findings>(
  client: Client,
  network: Promise<number>,
  { kind, x, options, signal, onProgress }: Work<Kind>,
): Promise<Found<Findings[Kind]>> {
  const started = network.then((number) => client.call((worker) => worker.measure(number, kind, x, options)));
  try {
    const { measurement, steps } = await untilAborted(started, signal);
    onProgress(0);
    for (let done = 1; done <= steps; done++) {
      signal?.throwIfAborted();
      const step = client.call((worker) => worker.measureStep(measurement));
      await untilAborted(step, signal);
      onProgress(done / steps);
    }
    signal?.throwIfAborted();
    const { found, hasAnalytic } = await client.call((worker) => worker.finish(measurement));
    // The worker finishes what was started: a measurement of this kind.
    return { found: found as Findings[Kind], hasAnalytic };
  } finally {
    // Where the start failed or the worker has ended there is nothing to free.
    void started.then(({ measurement }) => client.call((worker) => worker.close(measurement))).catch(() => {});
  }
}
