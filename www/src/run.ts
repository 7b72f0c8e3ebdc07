import type { Remote } from "comlink";
import { whenAbandoned } from "./abandoned.ts";
import { untilAborted } from "./abort.ts";
import type { Client } from "./client.ts";
import { UnnoiseError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { Plan } from "./plan.ts";
import type { Bridge } from "./protocol.ts";
import { ComputedStep, type Step } from "./step.ts";
import type { StepData } from "./wasm.ts";

/**
 * A run: iterating computes its steps, and between two steps nothing runs. It starts at the first step that is asked for,
 * and options that are not allowed reject that one. Where its graphics device is lost, it goes on from its last finished step.
 */
export interface Run extends AsyncIterable<Step> {
  /** The seed, given or drawn; of `seeds`, the first. */
  readonly seed: number;
  /**
   * The run's exact steps and coefficients. Reading it starts the run, but computes no step.
   *
   * @throws UnnoiseError what the first step would throw; "run-closed" where the run has ended and its plan was not asked for before.
   */
  readonly plan: Promise<Plan>;
  /**
   * The state x_T that the run begins with, drawn or given, batch * C * H * W floats, at any time before the run ends: a copy. It
   * starts the run, but computes no step.
   *
   * @throws UnnoiseError what the first step would throw; "run-closed" where the run has ended and x_T was not asked for before.
   */
  initial(): Promise<Float32Array>;
  /**
   * The run's only iterator: every call gives the same one, so that a second loop goes on where the first stopped.
   * `next()` computes one step, calls of it queue; `return()`, as `break` does, closes the run.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Step>;
  /**
   * Runs what is left and gives the images: batch * C * H * W floats, and a picture of each where they have one or three
   * channels.
   *
   * @throws UnnoiseError "run-closed" for a run that was left by `break`, failed or was aborted.
   */
  result(): Promise<{ x: Float32Array; images: ImageData[]; seed: number }>;
}

/** @internal How far a run is, in values that no worker holds: the step that comes next, and the state that it starts from. */
export interface Reached {
  index: number;
  xt: Float32Array;
}

/** @internal What is left of the options of a run that is made once more: the caller may have changed or moved his x_T. */
export interface Again {
  noise: Float32Array | undefined;
}

/** @internal How one kind of run computes; both calls go to the worker. */
export interface Course {
  /** The signal that ends the run. */
  signal: AbortSignal | undefined;
  /** The x_T that the options give. */
  noise: Float32Array | undefined;
  /** Makes the run in a worker and gives its number; `again`, with the x_T that was given: it has begun in another one. */
  start(client: Client, again: Again | undefined): Promise<number>;
  /** Computes the next step; of one that is `unseen` nothing may come, unless it is the last, or the last of several. */
  step(client: Client, run: number, unseen: boolean): Promise<StepData | undefined>;
  /** One image: channels, height, width; known once the run has started. */
  shape(): readonly [number, number, number];
}

/** @internal A run in a worker; where that one's device is lost, it goes on in the next, from its last finished step. */
export class WorkerRun implements Run, AsyncIterableIterator<Step> {
  readonly seed: number;
  readonly #host: Host;
  readonly #prepare: (seed: number) => Course;
  #course: Course | undefined;
  #place: { client: Client; run: Promise<number> } | undefined;
  #reached: Reached | undefined;
  /** A copy of the x_T that was given, where the run may have to be made once more. */
  #noise: Float32Array | undefined;
  #plan: Promise<Plan> | undefined;
  #initial: Promise<Float32Array> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #state: "open" | "complete" | "closed" = "open";
  readonly #over = new AbortController();
  #cause: unknown;
  #last: ComputedStep | undefined;

  /** `prepare` checks the options; what it throws rejects the first step. */
  constructor(host: Host, seed: number, prepare: (seed: number) => Course) {
    this.seed = seed;
    this.#host = host;
    this.#prepare = prepare;
  }

  get plan(): Promise<Plan> {
    this.#plan ??= this.#ask((worker, run) => worker.planOfRun(run));
    return this.#plan;
  }

  async initial(): Promise<Float32Array> {
    this.#initial ??= this.#ask((worker, run) => worker.initial(run));
    return (await this.#initial).slice();
  }

  /** Asks the worker about the run, which starts if it has not. */
  async #ask<T>(ask: (worker: Remote<Bridge>, run: number) => Promise<T>): Promise<T> {
    if (this.#state !== "open") throw new UnnoiseError("run-closed", "the run has ended", { cause: this.#cause });
    this.#course ??= this.#prepare(this.seed);
    const course = this.#course;
    course.signal?.throwIfAborted();
    const answer = this.#host.use(async (client) => {
      const run = await this.#in(client, course);
      return client.call((worker) => ask(worker, run));
    });
    return untilAborted(answer, course.signal);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Step>> {
    return this.#inTurn(async () => {
      const step = await this.#next(false);
      return step ? { done: false, value: step } : { done: true, value: undefined };
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async return(): Promise<IteratorResult<Step>> {
    if (this.#state === "open") await this.#close(undefined);
    return { done: true, value: undefined };
  }

  async result() {
    while (this.#state === "open") await this.#inTurn(() => this.#next(true));
    if (this.#state === "closed" || !this.#last) {
      throw new UnnoiseError("run-closed", "the run was closed before its last step", { cause: this.#cause });
    }
    return { x: this.#last.xt(), images: this.#last.pictures("xt"), seed: this.seed };
  }

  /** The next step; none where there is none, or where it was unseen; of unseen ones the last of those that were made. */
  async #next(unseen: boolean): Promise<ComputedStep | undefined> {
    if (this.#state !== "open") return undefined;
    let step: ComputedStep | undefined;
    try {
      this.#course ??= this.#prepare(this.seed);
      const { signal } = this.#course;
      signal?.throwIfAborted();
      const data = await untilAborted(this.#compute(this.#course, unseen), signal);
      step = data && new ComputedStep(data, this.#course.shape());
    } catch (error) {
      void this.#close(error);
      throw error;
    }
    this.#last = step ?? this.#last;
    if (step?.next === null && this.#state === "open") {
      this.#state = "complete";
      void this.#free();
    }
    return step;
  }

  async #compute(course: Course, unseen: boolean): Promise<StepData | undefined> {
    const step = await this.#host.use(async (client) => {
      this.#throwIfOver();
      const run = await this.#in(client, course);
      this.#throwIfOver();
      return course.step(client, run, unseen);
    });
    // A copy, for the caller may do with the step's own floats what he likes.
    if (step && this.#host.canLoseDevice) this.#reached = { index: step.index + 1, xt: step.xt.slice() };
    return step;
  }

  #throwIfOver(): void {
    if (this.#state !== "open") throw new UnnoiseError("run-closed", "the run was closed while it started");
  }

  /** The run's number in this worker, where it is made if it is not there. */
  #in(client: Client, course: Course): Promise<number> {
    if (this.#place?.client !== client) this.#place = { client, run: this.#start(client, course, this.#reached) };
    return this.#place.run;
  }

  async #start(client: Client, course: Course, reached: Reached | undefined): Promise<number> {
    if (!reached && this.#host.canLoseDevice) this.#noise = course.noise?.slice();
    const run = await course.start(client, reached && { noise: this.#noise });
    const free = freeing(client, run);
    whenAbandoned(this, free);
    course.signal?.addEventListener("abort", free, { signal: this.#over.signal });
    if (reached) await client.call((worker) => worker.resume(run, reached.index, reached.xt));
    return run;
  }

  #close(cause: unknown): Promise<void> {
    this.#state = "closed";
    this.#cause = cause;
    return this.#free();
  }

  /** Frees the run in the worker, after the step that it is at. */
  async #free(): Promise<void> {
    this.#over.abort();
    this.#reached = undefined;
    this.#noise = undefined;
    const place = this.#place;
    const run = await place?.run.catch(() => undefined);
    if (place && run !== undefined) await freeing(place.client, run)();
  }
}

/** Frees a run in the worker. A function out here, for one made in a method would hold the run that it belongs to. */
function freeing(client: Client, run: number): () => Promise<void> {
  // Where the worker has ended there is nothing to free.
  return () => client.call((worker) => worker.close(run)).catch(() => {});
}

/** @internal A run's options in its next worker. */
export function goingOn(options: Record<string, unknown>, again: Again | undefined): Record<string, unknown> {
  return again?.noise ? { ...options, noise: again.noise } : options;
}

/** @internal The x_T that the options give. */
export function noiseOf({ noise }: Record<string, unknown>): Float32Array | undefined {
  return noise instanceof Float32Array ? noise : undefined;
}

/** @internal The seed that the options give, or 32 random bits; the engine checks the given one. */
export function seedOf(options: { seed?: number; seeds?: number[] } | undefined): number {
  let seed: number | undefined;
  try {
    const seeds = options?.seeds;
    seed = Array.isArray(seeds) ? seeds[0] : options?.seed;
  } catch {
    // The first step tells.
  }
  return seed === undefined ? (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) : seed;
}
