/** A run in whichever worker computes: where that is a new one, it is made again there, and taken unseen to the step that it was at. */
import type { Remote } from "comlink";
import { UnnoiseError } from "../errors.ts";
import type { Client } from "../host/client.ts";
import type { Host } from "../host/host.ts";
import type { Bridge } from "../protocol.ts";
import type { StepData, StepFloats } from "../wasm.ts";

/** A state of the run that is on this side: the one that step `index` starts from. */
export interface Known {
  index: number;
  xt: Float32Array;
}

type Options = Record<string, unknown>;

/** How one kind of run computes; all calls go to the worker. */
export interface Course {
  signal: AbortSignal | undefined;
  /** The options. The start x_T among them is the caller's, who may change it later. */
  options: Options;
  /** Makes the run in a worker and gives its number. `again`: steps of it were computed in another one. */
  start(client: Client, options: Options, again: boolean): Promise<number>;
  step(client: Client, run: number): Promise<StepData>;
  /** Computes steps that nobody sees, until at most `to` are done and never the last, and gives how many are done. */
  skip(client: Client, run: number, to: number): Promise<number>;
  /** One image: channels, height, width; known once the run has started. */
  shape(): readonly [number, number, number];
}

/** A run by its number in a worker, and how many steps are done there. */
interface Place {
  client: Client;
  run: Promise<number>;
  done: number;
}

/** A run. It is asked one thing at a time. */
export class RemoteRun {
  readonly course: Course;
  readonly #host: Host;
  readonly #over = new AbortController();
  #place: Place | undefined;
  #known: Known | undefined;
  #options: Options;
  #done = 0;

  /** `prepare` checks the options; it is given what hears of a state that has come over. */
  constructor(host: Host, prepare: (learn: (known: Known) => void) => Course) {
    this.#host = host;
    this.course = prepare((known) => this.#learn(known));
    // Until the run has ended no other back end takes over.
    const end = host.hold();
    const { signal } = this.#over;
    whenAbandoned(this, end);
    signal.addEventListener("abort", end);
    this.course.signal?.addEventListener("abort", end, { signal });
    const { noise } = this.course.options;
    const isKept = host.canLoseDevice && noise instanceof Float32Array;
    this.#options = isKept ? { ...this.course.options, noise: noise.slice() } : this.course.options;
  }

  async step(): Promise<StepData> {
    const step = await this.#use((client, run) => this.course.step(client, run));
    this.#stand(step.index + 1);
    return step;
  }

  /** Computes steps that nobody sees, for a while; where only the last is left, that one. */
  async unseen(): Promise<StepData | undefined> {
    const done = await this.#use((client, run) => this.course.skip(client, run, Number.POSITIVE_INFINITY));
    if (done === this.#done) return this.step();
    this.#stand(done);
    return undefined;
  }

  ask<T>(ask: (worker: Remote<Bridge>, run: number) => Promise<T>): Promise<T> {
    return this.#use((client, run) => client.call((worker) => ask(worker, run)));
  }

  async floats(): Promise<StepFloats> {
    const floats = await this.ask((worker, run) => worker.floats(run));
    this.#learn({ index: this.#done, xt: floats.xt });
    return floats;
  }

  /** Frees the run in the worker, after the step that it is at. */
  async free(): Promise<void> {
    this.#over.abort(new UnnoiseError("run-closed", "the run has been closed"));
    hasEnded(this);
    this.#known = undefined;
    this.#options = {};
    const place = this.#place;
    const run = await place?.run.catch(() => undefined);
    if (place && run !== undefined) await freeing(place.client, run)();
  }

  #use<T>(work: (client: Client, run: number) => Promise<T>): Promise<T> {
    return this.#host.use(async (client) => {
      this.#over.signal.throwIfAborted();
      return work(client, await this.#in(client));
    });
  }

  /** The run's number in this worker, where it is made if it is not there. */
  async #in(client: Client): Promise<number> {
    if (this.#place?.client !== client) {
      this.#place = { client, run: this.#begin(client), done: this.#known?.index ?? 0 };
    }
    const place = this.#place;
    const run = await place.run;
    while (place.done < this.#done) place.done = await this.course.skip(client, run, this.#done);
    return run;
  }

  async #begin(client: Client): Promise<number> {
    const known = this.#known;
    const run = await this.course.start(client, this.#options, this.#done > 0);
    const free = freeing(client, run);
    whenAbandoned(this, free);
    this.course.signal?.addEventListener("abort", free, { signal: this.#over.signal });
    if (known) await client.call((worker) => worker.resume(run, known.index, known.xt));
    return run;
  }

  #stand(done: number): void {
    this.#done = done;
    if (this.#place) this.#place.done = done;
  }

  /** Keeps a copy, for the caller may do with the floats what he likes. */
  #learn({ index, xt }: Known): void {
    if (this.#host.canLoseDevice) this.#known = { index, xt: xt.slice() };
  }
}

/** Frees a run in the worker. A function out here, for one made in a method would hold the run that it belongs to. */
function freeing(client: Client, run: number): () => Promise<void> {
  // Where the worker has ended there is nothing to free.
  return () => client.call((worker) => worker.close(run)).catch(() => {});
}

const registry = new FinalizationRegistry<() => unknown>((free) => void free());

/** Calls `free` after `owner` is collected; `free` must not hold the owner, and must not reject. */
export function whenAbandoned(owner: object, free: () => unknown): void {
  registry.register(owner, free, owner);
}

/**
 * An owner has ended by itself: there is nothing to free. What would free it may hold the error that tells of the end, and an error
 * holds what its functions were called on: the owner, which would never be collected.
 */
export function hasEnded(owner: object): void {
  registry.unregister(owner);
}
