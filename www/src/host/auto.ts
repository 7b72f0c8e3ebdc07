/**
 * Measures whether the CPU or WebGPU is faster for a model and a size of batch on this machine, and moves a Diffuser there while it
 * rests. A file of its own, fetched when there is something to measure, so it imports nothing that only it needs.
 */
import { anyOf } from "../abort.ts";
import type { ModelInfo } from "../checkpoint.ts";
import { messageOf } from "../errors.ts";
import type { BackendKind, BackendTiming } from "../types.ts";
import type { Choice } from "./choose.ts";
import type { Client } from "./client.ts";
import type { Arena, Copy, Movable, Work } from "./rivals.ts";
import { withoutStall } from "./stall.ts";
import type { Started } from "./start.ts";

/** The part of `startTimeout` in which the other back end's first prediction must be there: a GPU compiles its shaders meanwhile. */
const READY = 1 / 3;
/** How long each back end is timed, in milliseconds, but at least one prediction, and at most so many. */
const TIMED_MS = 500;
const MOST_TIMED = 5;
/** How long one prediction may take in any case, in milliseconds; it may take twice as long as that of the back end that computes. */
const PATIENCE_MS = 1000;
/** So many times as fast must the other back end be: less is not worth another start. */
const WORTH = 1.25;

/** The other back end: its worker, and the networks that are loaded there. */
interface Rival extends Started {
  copies: Map<Movable, Copy>;
}

/** The choice of one Diffuser, for as long as it lives. */
export class AutoChoice {
  readonly #arena: Arena;
  readonly #webgpu: Choice;
  readonly #timings: BackendTiming[];
  #rival: Rival | undefined;
  #isWorking = false;
  #isOver = false;

  constructor(arena: Arena, webgpu: Choice) {
    this.#arena = arena;
    this.#webgpu = webgpu;
    this.#timings = [...arena.timings];
  }

  /** Goes on with what is to be done for the last work, as far as that can be done while nothing else is. */
  async consider(): Promise<void> {
    if (this.#isWorking || this.#isOver) return;
    this.#isWorking = true;
    try {
      let isSettled = false;
      while (!isSettled && !this.#isOver && this.#arena.resting) isSettled = await this.#decide();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isWorking = false;
    }
  }

  /** Ends the choice: what computes stays. */
  end(): void {
    this.#isOver = true;
    this.#letGo();
  }

  /** Whether all is done; false where work has come between, and what was opened waits for the next rest. */
  async #decide(): Promise<boolean> {
    const { last, backend, networks } = this.#arena;
    if (!last || !networks.has(last.network)) return true;
    const timing = this.#known(last) ?? (await this.#measure(last));
    if (!timing) return false;
    if (faster(timing, backend.kind) === backend.kind) {
      this.#letGo();
      this.#arena.tell({ ...backend, reason: reasonOf(timing, backend.kind), timing });
      return true;
    }
    return this.#move(last, timing);
  }

  #known({ network, images }: Work): BackendTiming | undefined {
    const model = nameOf(network.info);
    const isSame = (timing: BackendTiming) =>
      timing.model === model && timing.adapter === this.#adapter && classOf(timing.images) === classOf(images);
    return this.#timings.filter(isSame).at(-1);
  }

  get #adapter(): string {
    return this.#webgpu.adapter ?? "";
  }

  /** Times both; undefined where work has come between. */
  async #measure(work: Work): Promise<BackendTiming | undefined> {
    const { client, backend } = this.#arena;
    const { network, images } = work;
    const own = await this.#time(client, await network.in(client), work, Number.POSITIVE_INFINITY);
    if (own === undefined) return undefined;
    const rival = await this.#ready(work);
    const limit = Math.max(PATIENCE_MS, 2 * own);
    const other = rival ? await this.#time(rival.client, rival.number, work, limit) : Number.POSITIVE_INFINITY;
    if (other === undefined) return undefined;
    const theirs = other < limit ? other : null;
    const [cpu, webgpu] = backend.kind === "cpu" ? [own, theirs] : [theirs, own];
    const timing = { model: nameOf(network.info), adapter: this.#adapter, images, cpu, webgpu };
    this.#timings.push(timing);
    return timing;
  }

  /** Milliseconds of a prediction, or `limit` where one takes as long; undefined where work has come between. */
  async #time(client: Client, number: number, work: Work, limit: number): Promise<number | undefined> {
    const { resting } = this.#arena;
    if (!resting) return undefined;
    const took: number[] = [];
    for (let spent = 0; spent < TIMED_MS && took.length < MOST_TIMED; ) {
      // One that nobody uses any more is freed.
      if (!this.#arena.networks.has(work.network)) return undefined;
      const begun = performance.now();
      await soonest(predict(client, number, work), limit, resting);
      if (resting.aborted) return undefined;
      const ms = performance.now() - begun;
      if (ms >= limit) return limit;
      took.push(ms);
      spent += ms;
    }
    return took.sort((a, b) => a - b)[Math.floor(took.length / 2)];
  }

  /** Has the other back end ready for such work, its shaders compiled; undefined where that takes too long. */
  async #ready(work: Work): Promise<(Started & Copy) | undefined> {
    const { network } = work;
    const files = this.#rival?.copies.has(network) ? undefined : await network.filesAgain();
    let late: AbortSignal | undefined;
    try {
      return await withoutStall(this.#arena.startTimeout * READY, "the other back end", async (progress, stalled) => {
        late = stalled;
        const rival = await this.#open(progress, stalled);
        progress();
        const copy = rival.copies.get(network) ?? (files && (await network.loadBeside(rival.client, files)));
        if (!copy) throw new Error("a network is loaded before it is timed");
        rival.copies.set(network, copy);
        await predict(rival.client, copy.number, work);
        return { ...rival, ...copy };
      });
    } catch (error) {
      if (!late?.aborted || error !== late.reason) throw error;
      this.#letGo();
      return undefined;
    }
  }

  /** The other back end's worker, which is started where there is none. */
  async #open(onProgress: () => void, stalled: AbortSignal): Promise<Rival> {
    if (this.#rival) return this.#rival;
    const { life, backend } = this.#arena;
    const choice: Choice = backend.kind === "cpu" ? this.#webgpu : { kind: "cpu", device: "cpu", reason: "" };
    const signal = anyOf(life, stalled);
    const started = await this.#arena.open(choice, { onProgress, signal });
    const end = () => started.client.dispose();
    life.addEventListener("abort", end, { once: true });
    if (signal.aborted || this.#isOver) end();
    if (started.client.end) throw started.client.end;
    this.#rival = { ...started, copies: new Map() };
    return this.#rival;
  }

  /** Moves to the other back end with all networks; false where work has come between. */
  async #move(last: Work, timing: BackendTiming): Promise<boolean> {
    const ready = await this.#ready(last);
    const rival = this.#rival;
    if (!ready || !rival) throw new Error("it was not ready in time");
    const { networks } = this.#arena;
    for (const network of networks) {
      if (rival.copies.has(network)) continue;
      rival.copies.set(network, await network.loadBeside(rival.client, await network.filesAgain()));
    }
    const isWhole = [...networks].every((network) => rival.copies.has(network));
    if (!this.#arena.resting || !isWhole || this.#isOver) return false;
    this.#rival = undefined;
    for (const [network, { take, number }] of rival.copies) {
      if (networks.has(network)) take();
      else void rival.client.call((worker) => worker.close(number)).catch(() => {});
    }
    const { kind } = rival.backend;
    this.#arena.take({ client: rival.client, backend: { ...rival.backend, reason: reasonOf(timing, kind), timing } });
    return true;
  }

  /** Stays with what computes, and says why where that is the CPU. */
  #fail(error: unknown): void {
    const isEnded = this.#isOver || this.#arena.life.aborted;
    this.end();
    const { backend } = this.#arena;
    if (isEnded || backend.kind !== "cpu") return;
    this.#arena.tell({ ...backend, reason: `WebGPU was tried and given up: ${messageOf(error)}` });
  }

  #letGo(): void {
    this.#rival?.client.dispose();
    this.#rival = undefined;
  }
}

/** One prediction, of any images. */
function predict(client: Client, number: number, { network, images }: Work): Promise<unknown> {
  const { shape, scheduler, classes, noClass } = network.info;
  const length = shape.reduce((product, side) => product * side, images);
  const x = Float32Array.from({ length }, (_, i) => Math.sin(i));
  const t = Math.floor((scheduler.num_train_timesteps ?? 1000) / 2);
  const labels = classes !== undefined && noClass === undefined ? [0] : undefined;
  return client.call((worker) => worker.predict(number, x, t, labels));
}

/** Waits for work, no longer than so many milliseconds, nor than until the signal aborts. */
function soonest(work: Promise<unknown>, limit: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = Number.isFinite(limit) ? setTimeout(resolve, limit) : undefined;
    const stop = () => resolve();
    signal.addEventListener("abort", stop, { once: true });
    work
      .then(() => resolve(), reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      });
  });
}

/** How many times as fast this back end is as the other one; infinite where that was given up. */
function lead({ cpu, webgpu }: BackendTiming, kind: BackendKind): number {
  const [own, other] = kind === "cpu" ? [cpu, webgpu] : [webgpu, cpu];
  return (other ?? Number.POSITIVE_INFINITY) / (own ?? Number.POSITIVE_INFINITY);
}

/** Which of the two is to compute, where this one does. */
function faster(timing: BackendTiming, here: BackendKind): BackendKind {
  const other = here === "cpu" ? "webgpu" : "cpu";
  return lead(timing, other) >= WORTH ? other : here;
}

function reasonOf(timing: BackendTiming, kind: BackendKind): string {
  const times = lead(timing, kind);
  const other = kind === "cpu" ? "WebGPU" : "the CPU";
  const batch = timing.images === 1 ? "1 image" : `${timing.images} images`;
  if (times === Number.POSITIVE_INFINITY) return `${other} was too slow to be timed for ${batch}`;
  const written = times.toFixed(times < 9.95 ? 1 : 0).replace(".0", "");
  return times < 1.05 ? `about as fast as ${other} for ${batch}` : `${written} times faster than ${other} for ${batch}`;
}

/** A model's name among the measurements. */
function nameOf({ hash, parameters }: ModelInfo): string {
  return hash ?? `${parameters} weights`;
}

/** Sizes of batch that are measured as one: up to the next power of two. */
function classOf(images: number): number {
  return Math.floor(Math.log2(images));
}
