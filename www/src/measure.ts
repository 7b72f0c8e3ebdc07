/** The one loop behind `Model.encode`, `Model.likelihood` and `Model.estimateAnalytic`. */
import { untilAborted } from "./abort.ts";
import type { Client } from "./client.ts";
import type { Findings, MeasureOptions } from "./findings.ts";
import { floats, splitMeasure } from "./options.ts";
import type { Found } from "./protocol.ts";

/**
 * Measures step by step, one call of the worker each, so that other calls go between them, and frees the measurement however
 * it ends.
 */
export async function measure<Kind extends keyof Findings>(
  client: Client,
  network: number,
  kind: Kind,
  x: Float32Array,
  given: MeasureOptions,
): Promise<Found<Findings[Kind]>> {
  const { signal, onProgress, options } = splitMeasure(given);
  floats("x", x);
  signal?.throwIfAborted();
  const started = client.call((worker) => worker.measure(network, kind, x, options));
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
