/** Spreads a batch of images over the workers. A network computes one image at a time, so the bits are those of one worker. */
import type { Remote } from "comlink";
import { hasCode } from "../errors.ts";
import type { Bridge } from "../protocol.ts";
import { moving } from "../transfer.ts";
import type { Conditioning, Floats, Network, Run } from "../wasm.ts";
import type { Crew } from "./crew.ts";

/** Some images of a batch: so many, from image `first` on. */
interface Share {
  first: number;
  count: number;
}

/** The same with the images. */
interface Part extends Share {
  x: Floats;
}

/** How to ask for the prediction of a part, in this worker and in another one. */
interface Question {
  here(part: Part): Promise<Floats>;
  there(worker: Remote<Bridge>, copy: number, part: Part): Promise<Floats>;
}

/** A network by its number in the first worker. */
export interface Numbered {
  network: Network;
  number: number;
}

/**
 * Which images each worker takes, the first worker first: the slowest decides, so the shares are as equal as can be, and there
 * are no more of them than make it faster.
 */
function shares(images: number, workers: number): Share[] {
  const largest = Math.ceil(images / workers);
  const needed = Math.ceil(images / largest);
  const end = (share: number) => Math.floor((share * images) / needed);
  return Array.from({ length: needed }, (_, i) => ({ first: end(i), count: end(i + 1) - end(i) }));
}

/** What of a run's options the prediction for one of its images depends on, beside the count of images. */
const CONDITIONING = ["seeds", "labels", "guidance", "blend"];

/** What a run tells its network of its images beside the state: once in this worker, and once in each further one. */
export class Told {
  /** That in this worker. */
  readonly here: Conditioning;
  readonly #options: Record<string, unknown>;
  readonly #there = new Map<Remote<Bridge>, Promise<number>>();

  /** `run` is that of the options. */
  constructor(network: Network, run: Run, options: Record<string, unknown>) {
    const batch = run.input().length / imageLength(network);
    this.#options = { batch, ...Object.fromEntries(CONDITIONING.map((name) => [name, options[name]])) };
    this.here = network.conditioning(this.#options);
  }

  /** Its number in a further worker, whose copy of the network has this number. */
  there(worker: Remote<Bridge>, copy: number): Promise<number> {
    const known = this.#there.get(worker);
    if (known) return known;
    const told = worker.conditioning(copy, this.#options);
    this.#there.set(worker, told);
    return told;
  }

  /** Frees it everywhere. */
  free(): void {
    this.here.free();
    for (const [worker, told] of this.#there) told.then((number) => worker.close(number)).catch(() => {});
  }
}

/** The prediction for the pending step of a network's run, the images of its batch spread over the workers, where there are several. */
export function spreadPrediction(
  crew: Crew | undefined,
  { network, number }: Numbered,
  run: Run,
  told: Told,
): Promise<Floats> {
  const [x, t] = [run.input(), run.timestep()];
  if (!crew) return network.predictImages(x, t, told.here, 0);
  return spread(crew, { network, number }, x, {
    here: ({ first, x }) => network.predictImages(x, t, told.here, first),
    there: async (worker, copy, { first, x }) =>
      worker.predictImages(copy, moving(x), t, await told.there(worker, copy), first),
  });
}

/** `Network.predict`, spread over the workers. */
export async function spreadPredict(
  crew: Crew,
  { network, number }: Numbered,
  x: Floats,
  t: unknown,
  labels: unknown,
): Promise<Floats> {
  const cut = (list: unknown, { first, count }: Part) =>
    Array.isArray(list) && list.length > 1 ? list.slice(first, first + count) : list;
  try {
    return await spread(crew, { network, number }, x, {
      here: (part) => network.predict(part.x, cut(t, part), cut(labels, part)),
      there: (worker, copy, part) => worker.predict(copy, moving(part.x), cut(t, part), cut(labels, part)),
    });
  } catch (error) {
    if (!hasCode(error)) throw error;
    // The whole has the same fault, and tells it as it was given.
    return network.predict(x, t, labels);
  }
}

/** Whether a batch is worth spreading: whole images, and more than one. A list fits it where it has one entry per image, or one. */
export function isSpreadable(network: Network, x: Float32Array, ...lists: unknown[]): boolean {
  const images = x.length / imageLength(network);
  const fits = (list: unknown) => !Array.isArray(list) || list.length === images || list.length === 1;
  return Number.isInteger(images) && images > 1 && lists.every(fits);
}

async function spread(crew: Crew, { network, number }: Numbered, x: Floats, ask: Question): Promise<Floats> {
  const size = imageLength(network);
  const images = x.length / size;
  const helpers = await crew.ready(number, shares(images, crew.workers).length - 1);
  const taken = shares(images, helpers.length + 1);
  const part = ({ first, count }: Share) => ({ first, count, x: x.slice(first * size, (first + count) * size) });

  // The first share is this worker's own; what a further worker has failed at is done here too.
  const answers = taken.map((share, i) =>
    helpers[i - 1]?.ask(number, (worker, copy) => ask.there(worker, copy, part(share))),
  );
  let joined = new Float32Array();
  for (const [i, share] of taken.entries()) {
    const answer = (await answers[i]) ?? (await ask.here(part(share)));
    // With a learned variance an image has twice as many numbers.
    const outputs = answer.length / share.count;
    if (i === 0) joined = new Float32Array(images * outputs);
    joined.set(answer, share.first * outputs);
  }
  return joined;
}

function imageLength(network: Network): number {
  const [channels, height, width] = network.info().shape;
  return channels * height * width;
}
