/** The one loop behind `Model.encode`, `Model.likelihood` and `Model.estimateAnalytic`. */
import { abortable, anyOf, untilAborted } from "../abort.ts";
import { looking } from "../errors.ts";
import type { Findings, MeasureOptions } from "../findings.ts";
import type { Client } from "../host/client.ts";
import type { Found } from "../protocol.ts";
import type { RemoteNetwork } from "./network.ts";
import { copied, splitMeasure } from "./options.ts";

/**
 * Measures step by step, one call of the worker each, so that other calls go between them, and frees the measurement however it
 * ends. Where the graphics device is lost meanwhile, it begins again in the next worker.
 */
export async function measure<Kind extends keyof Findings>(
  network: RemoteNetwork,
  kind: Kind,
  x: Float32Array,
  given: MeasureOptions,
): Promise<Found<Findings[Kind]>> {
  const { signal: asked, onProgress, options } = looking("options", () => splitMeasure(given));
  const signal = anyOf(asked, network.over);
  const images = copied("x", x);
  const measureIn = async (client: Client) => {
    const starting = network
      .in(client)
      .then((number) => client.call((worker) => worker.measure(number, kind, images, options)));
    try {
      const { measurement, steps } = await untilAborted(starting, signal);
      onProgress(0);
      for (let done = 1; done <= steps; done++) {
        await abortable(signal, () => client.call((worker) => worker.measureStep(measurement)));
        onProgress(done / steps);
      }
      signal.throwIfAborted();
      network.host.last = { network, floats: images.length };
      // The worker finishes what was started: a measurement of this kind.
      return (await client.call((worker) => worker.finish(measurement))) as Found<Findings[Kind]>;
    } finally {
      // Where the start failed or the worker has ended there is nothing to free.
      void starting.then(({ measurement }) => client.call((worker) => worker.close(measurement))).catch(() => {});
    }
  };
  return network.during(signal, () => network.host.use(measureIn));
}
