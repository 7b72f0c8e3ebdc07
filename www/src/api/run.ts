import type { Remote } from "comlink";
import { abortable } from "../abort.ts";
import { UnnoiseError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { Plan } from "../plan.ts";
import type { Bridge } from "../protocol.ts";
import type { StepData, StepFloats } from "../wasm.ts";
import { type Course, type Known, RemoteRun } from "./remote-run.ts";
import { ComputedStep, type Step } from "./step.ts";

/**
 * A run: iterating computes its steps, and between two steps nothing runs. It starts at the first step that is asked for,
 * and options that are not allowed reject that one. Where its graphics device is lost, it is
 * computed again from the last state whose floats were asked for, or from its start, and goes on from its last finished step.
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

/** @internal The iterator of a run that a worker computes. */
export class WorkerRun implements Run, AsyncIterableIterator<Step> {
  readonly seed: number;
  readonly #start: () => RemoteRun;
  #remote: RemoteRun | undefined;
  #plan: Promise<Plan> | undefined;
  #initial: Promise<Float32Array> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #state: "open" | "complete" | "closed" = "open";
  #cause: unknown;
  #last: ComputedStep | undefined;
  /** How many times the run was told to go on. */
  #asked = 0;
  /** Settles when the floats that were asked for have come. */
  #reading: Promise<unknown> | undefined;

  /** `prepare` checks the options; what it throws rejects the first step. */
  constructor(host: Host, seed: number, prepare: (seed: number, learn: (known: Known) => void) => Course) {
    this.seed = seed;
    this.#start = () => new RemoteRun(host, (learn) => prepare(seed, learn));
  }

  get plan(): Promise<Plan> {
    this.#plan ??= this.#ask((worker, run) => worker.planOfRun(run));
    return this.#plan;
  }

  async initial(): Promise<Float32Array> {
    this.#initial ??= this.#ask((worker, run) => worker.initial(run));
    return (await this.#initial).slice();
  }

  /** Asks the worker about the run. */
  async #ask<T>(ask: (worker: Remote<Bridge>, run: number) => Promise<T>): Promise<T> {
    if (this.#state !== "open") throw new UnnoiseError("run-closed", "the run has ended", { cause: this.#cause });
    return this.#use((remote) => remote.ask(ask));
  }

  /** Asks the run, which starts if it has not, and waits no longer than until its signal aborts. */
  async #use<T>(ask: (remote: RemoteRun) => Promise<T>): Promise<T> {
    this.#remote ??= this.#start();
    const remote = this.#remote;
    return abortable(remote.course.signal, () => ask(remote));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Step>> {
    const asked = this.#goOn();
    return this.#inTurn(async () => {
      const step = await this.#next(asked, (remote) => remote.step());
      return step ? { done: false, value: step } : { done: true, value: undefined };
    });
  }

  async return(): Promise<IteratorResult<Step>> {
    await this.#reading;
    if (this.#state === "open") await this.#close(undefined);
    return { done: true, value: undefined };
  }

  async result() {
    const asked = this.#goOn();
    while (this.#state === "open") await this.#inTurn(() => this.#next(asked, (remote) => remote.unseen()));
    if (this.#state === "closed" || !this.#last) {
      throw new UnnoiseError("run-closed", "the run was closed before its last step", { cause: this.#cause });
    }
    return { x: await this.#last.xt(), images: this.#last.pictures("xt"), seed: this.seed };
  }

  /** From now on the floats of the newest step are not to be had. */
  #goOn(): number {
    this.#last?.pass();
    this.#asked += 1;
    return this.#asked;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** The next step; none where there is none, or where it was unseen. */
  async #next(
    asked: number,
    compute: (remote: RemoteRun) => Promise<StepData | undefined>,
  ): Promise<ComputedStep | undefined> {
    if (this.#state !== "open") return undefined;
    let step: ComputedStep | undefined;
    try {
      step = await this.#use(async (remote) => {
        const data = await compute(remote);
        return data && new ComputedStep(data, remote.course.shape(), () => this.#read());
      });
    } catch (error) {
      void this.#close(error);
      throw error;
    }
    if (step && asked < this.#asked) step.pass();
    this.#last = step ?? this.#last;
    if (step && step.index + 1 === step.steps && this.#state === "open") {
      this.#state = "complete";
      void this.#remote?.free();
    }
    return step;
  }

  /** Asks for the floats of the step that was computed last. */
  #read(): Promise<StepFloats> {
    const reading = this.#inTurn(() => this.#use((remote) => remote.floats()));
    this.#reading = reading.catch(() => {});
    return reading;
  }

  async #close(cause: unknown): Promise<void> {
    this.#state = "closed";
    this.#cause = cause;
    await this.#remote?.free();
  }
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
