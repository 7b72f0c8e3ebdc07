/**
 * Measures whether the CPU or WebGPU is faster for a model and a size of batch on this machine, and moves a Diffuser there while it
 * rests. A file of its own, fetched when there is something to measure, so it imports nothing that only it needs.
 */
import type { ModelInfo } from "../checkpoint.ts";
import { messageOf } from "../errors.ts";
import { place } from "../place.ts";
import type { ComingFiles } from "../protocol.ts";
import type { BackendKind, BackendTiming } from "../types.ts";
import type { Choice } from "./choose.ts";
import type { Client } from "./client.ts";
import type { Arena, Movable, Work } from "./rivals.ts";
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

/** A network in the other worker, and the table that it was loaded with. */
interface Copy {
  number: number;
  analytic: Movable["analytic"];
}

/** A network's files, and the table that is among them. */
interface Files {
  files: ComingFiles;
  analytic: Movable["analytic"];
}

/** A batch of a network. */
interface Batch {
  network: Movable;
  images: number;
}

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

  /** `webgpu` is what there may be beside the CPU, or the CPU with the reason why there is nothing. */
  constructor(arena: Arena, webgpu: Choice) {
    this.#arena = arena;
    this.#webgpu = webgpu;
    this.#timings = arena.options.timings.filter(isTiming);
  }

  /** Goes on with what is to be done for the last work, as far as that can be done while nothing else is. */
  async consider(): Promise<void> {
    // In a hidden page the browser slows down what would be timed.
    const isVain = this.#isWorking || this.#isOver || this.#arena.life.aborted || place.document?.hidden;
    if (isVain) return;
    if (this.#webgpu.kind === "cpu") {
      this.#isOver = true;
      this.#arena.tell({ ...this.#arena.backend, reason: this.#webgpu.reason });
      return;
    }
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
    const batch = batchOf(last);
    const timing = this.#known(batch) ?? (await this.#measure(batch));
    if (!timing) return false;
    if (faster(timing, backend.kind) === backend.kind) {
      this.#letGo();
      this.#arena.tell({ ...backend, reason: reasonOf(timing, backend.kind), timing });
      return true;
    }
    return this.#move(batch, timing);
  }

  #known({ network, images }: Batch): BackendTiming | undefined {
    const model = nameOf(network.info);
    const isSame = (timing: BackendTiming) =>
      timing.model === model && timing.adapter === this.#adapter && classOf(timing.images) === classOf(images);
    return this.#timings.filter(isSame).at(-1);
  }

  get #adapter(): string {
    return this.#webgpu.adapter ?? "";
  }

  /** Times both; undefined where work has come between. */
  async #measure(batch: Batch): Promise<BackendTiming | undefined> {
    const { client, backend } = this.#arena;
    const { network, images } = batch;
    const own = await this.#time(client, await network.in(client), batch, Number.POSITIVE_INFINITY);
    if (own === undefined) return undefined;
    const rival = await this.#ready(batch);
    const limit = Math.max(PATIENCE_MS, 2 * own);
    const other = rival ? await this.#time(rival.client, rival.number, batch, limit) : Number.POSITIVE_INFINITY;
    if (other === undefined) return undefined;
    const theirs = other < limit ? other : null;
    const [cpu, webgpu] = backend.kind === "cpu" ? [own, theirs] : [theirs, own];
    const timing = { model: nameOf(network.info), adapter: this.#adapter, images, cpu, webgpu };
    this.#timings.push(timing);
    return timing;
  }

  /** Milliseconds of a prediction, or `limit` where one takes as long; undefined where work has come between. */
  async #time(client: Client, number: number, batch: Batch, limit: number): Promise<number | undefined> {
    const { resting } = this.#arena;
    if (!resting) return undefined;
    const took: number[] = [];
    for (let spent = 0; spent < TIMED_MS && took.length < MOST_TIMED; ) {
      // One that nobody uses any more is freed.
      if (!this.#arena.networks.has(batch.network)) return undefined;
      const begun = performance.now();
      await soonest(predict(client, number, batch), limit, resting);
      if (resting.aborted) return undefined;
      const ms = performance.now() - begun;
      if (ms >= limit) return limit;
      took.push(ms);
      spent += ms;
    }
    return took.sort((a, b) => a - b)[Math.floor(took.length / 2)];
  }

  /** Has the other back end ready for such work, its shaders compiled; undefined where that takes too long. */
  async #ready(batch: Batch): Promise<(Started & Copy) | undefined> {
    const { network } = batch;
    const files = this.#rival?.copies.has(network) ? undefined : await filesOf(network);
    let late: AbortSignal | undefined;
    try {
      return await withoutStall(
        this.#arena.options.startTimeout * READY,
        "the other back end",
        async (progress, stalled) => {
          late = stalled;
          const rival = await this.#open(progress, stalled);
          progress();
          const copy = rival.copies.get(network) ?? (files && (await load(rival.client, network, files)));
          if (!copy) throw new Error("a network is loaded before it is timed");
          rival.copies.set(network, copy);
          await predict(rival.client, copy.number, batch);
          return { ...rival, ...copy };
        },
      );
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
    const signal = AbortSignal.any([life, stalled]);
    const started = await this.#arena.open(choice, { onProgress, signal });
    const end = () => started.client.dispose();
    life.addEventListener("abort", end, { once: true });
    if (signal.aborted || this.#isOver) end();
    if (started.client.end) throw started.client.end;
    this.#rival = { ...started, copies: new Map() };
    return this.#rival;
  }

  /** Moves to the other back end with all networks; false where work has come between. */
  async #move(batch: Batch, timing: BackendTiming): Promise<boolean> {
    const ready = await this.#ready(batch);
    const rival = this.#rival;
    if (!ready || !rival) throw new Error("it was not ready in time");
    const { networks } = this.#arena;
    for (const network of networks) {
      if (rival.copies.has(network)) continue;
      rival.copies.set(network, await load(rival.client, network, await filesOf(network)));
    }
    const isWhole = [...networks].every((network) => rival.copies.has(network));
    if (!this.#arena.resting || !isWhole || this.#isOver) return false;
    this.#rival = undefined;
    const { client, backend, copies } = rival;
    for (const [network, { number, analytic }] of copies) {
      if (!networks.has(network)) void client.call((worker) => worker.close(number)).catch(() => {});
      // A table that was measured since then is taken up when it is loaded again.
      else if (network.analytic === analytic) network.place = { client, number: Promise.resolve(number) };
    }
    this.#arena.take({ client, backend: { ...backend, reason: reasonOf(timing, backend.kind), timing } });
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

function batchOf({ network, floats }: Work): Batch {
  const [channels, height, width] = network.info.shape;
  return { network, images: floats / (channels * height * width) };
}

/** A network's files with its table: from the worker that has it, where that keeps them, else from where they came from. */
async function filesOf({ place: there, origin, analytic }: Movable): Promise<Files> {
  const number = await there?.number;
  const kept = number && (await there?.client.call((worker) => worker.files(number)).catch(() => undefined));
  return { analytic, files: kept ? { ...kept, ...(analytic && { analytic }) } : await origin.message(analytic) };
}

async function load(client: Client, network: Movable, { files, analytic }: Files): Promise<Copy> {
  return { analytic, number: await network.load(client, files) };
}

/** One prediction, of any images. */
function predict(client: Client, number: number, { network, images }: Batch): Promise<unknown> {
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

/** Whether it is one: they come from an application's store. */
function isTiming(one: unknown): one is BackendTiming {
  if (typeof one !== "object" || one === null) return false;
  const { images, cpu, webgpu } = one as Record<string, unknown>;
  const isTime = (value: unknown) => typeof value === "number" && value > 0;
  return isTime(images) && [cpu, webgpu].every((ms) => ms === null || isTime(ms)) && (isTime(cpu) || isTime(webgpu));
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
