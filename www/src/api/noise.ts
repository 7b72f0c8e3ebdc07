import { abortable } from "../abort.ts";
import { packaged } from "../assets.ts";
import { looking, UnnoiseError } from "../errors.ts";
import { Client } from "../host/client.ts";
import { START_TIMEOUT } from "../host/stall.ts";
import { start } from "../host/start.ts";
import { doNotWaitFor } from "../place.ts";
import type { CallOptions, Shape } from "../types.ts";
import { checkCall } from "./options.ts";
import { sendableValue } from "./plain.ts";

/** How long the worker that only makes noise is kept after its last call, in milliseconds. */
const IDLE = 10_000;

const SPARE = { backend: "cpu", device: undefined, workers: 1, startTimeout: START_TIMEOUT } as const;

/**
 * Standard normal noise, the same on every machine: what a run with this seed, shape and generator starts from.
 *
 * It is made by a live Diffuser's worker; where there is none, by a CPU worker that goes away once it is idle.
 *
 * @param seed An integer, as `SampleOptions.seed`, or one for each image, as `SampleOptions.seeds`.
 * @param shape Batch, channels, height, width.
 * @param rng "philox" or "torch", as `SampleOptions.rng`. Default: "philox".
 * @returns batch * channels * height * width floats.
 * @throws UnnoiseError "invalid-seed", "invalid-seeds", "invalid-shape" or "invalid-rng". An aborted call rejects with its signal's reason.
 */
export async function noise(
  seed: number | number[],
  shape: Shape,
  rng: "philox" | "torch" = "philox",
  call: CallOptions = {},
): Promise<Float32Array> {
  const given = [sendableValue("seed", seed), sendableValue("shape", shape), sendableValue("rng", rng)] as const;
  const signal = looking("options", () => checkCall(call));
  return abortable(signal, () => drawn((client) => client.call((worker) => worker.noise(...given))));
}

async function drawn(draw: (client: Client) => Promise<Float32Array>): Promise<Float32Array> {
  const [live] = Client.live;
  if (!live) return withSpare(draw);
  return draw(live).catch((error: unknown) => {
    // Noise needs neither a graphics device nor the worker in whose place another one has come.
    if (error instanceof UnnoiseError && ["device", "disposed"].includes(error.code)) return withSpare(draw);
    throw error;
  });
}

/** A CPU worker that starts with the first call that needs it, and ends some seconds after the last. */
let spare: Promise<Client> | undefined;
let lent = 0;
let ending: ReturnType<typeof setTimeout> | undefined;

async function withSpare<T>(use: (client: Client) => Promise<T>): Promise<T> {
  clearTimeout(ending);
  lent += 1;
  spare ??= start({ ...SPARE, assets: packaged(), onProgress: () => {} }).then(({ client }) => client);
  const own = spare;
  try {
    return await use(await own);
  } catch (error) {
    const isAlive = await own.then(
      (client) => !client.end,
      () => false,
    );
    if (!isAlive && spare === own) spare = undefined;
    throw error;
  } finally {
    lent -= 1;
    if (lent === 0) ending = setTimeout(end, IDLE);
    doNotWaitFor(ending);
  }
}

function end(): void {
  void spare?.then((client) => client.dispose()).catch(() => {});
  spare = undefined;
}
