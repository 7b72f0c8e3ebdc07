/** Training. A file of its own, which the library fetches when something is to be trained. */
import type { Remote } from "comlink";
import { abortable, anyOf } from "../abort.ts";
import { invalid, looking, UnnoiseError } from "../errors.ts";
import type { Client } from "../host/client.ts";
import type { Host } from "../host/host.ts";
import type { Started } from "../host/start.ts";
import type { Bridge, TrainedSteps } from "../protocol.ts";
import { moving } from "../transfer.ts";
import type { DeviceKind, LoadProgress } from "../types.ts";
import type { TrainContent } from "../wasm.ts";
import { Model } from "./model.ts";
import { RemoteNetwork } from "./network.ts";
import { checkObject, checkProgress, copied, isObject, known } from "./options.ts";
import { fromFiles } from "./origin.ts";
import { sendable, sendableValue } from "./plain.ts";
import { hasEnded, whenAbandoned } from "./remote-run.ts";
import type { TrainData, TrainedFiles, Trainer, TrainerInfo, TrainOptions, TrainReport } from "./trainer.ts";

/** After these the worker is gone, and with it the training. */
const LOST = ["device", "engine-crashed"];

/** The worker of a Diffuser that waits for the next training, by its device: to start one takes a second. */
const waiting = new WeakMap<Host, Map<DeviceKind, Started>>();

/** Starts a training in a worker that does nothing else. */
export async function train(host: Host, given: TrainData, o: TrainOptions): Promise<Trainer> {
  const data = looking("data", () => checkData(given));
  const { signal, onProgress, device, from, state, options } = looking("options", () => checkOptions(o));
  host.throwIfOver();
  const either = anyOf(host.life, signal);
  return abortable(either, async () => {
    const base = await from?.files();
    either.throwIfAborted();
    const started = await worker(host, device, onProgress, either);
    const { client, backend } = started;
    const starting = client.call((worker) => worker.train(moving(data), options, base, state));
    const over = new AbortController();
    const life = anyOf(either, over.signal);
    const ended = () => end(host, started, starting);
    life.addEventListener("abort", ended, { once: true });
    if (life.aborted) ended();
    const { trainer, info } = await starting.catch((error) => {
      over.abort();
      throw error;
    });
    return new WorkerTrainer({ host, client, trainer, life, over, info: { ...info, backend } });
  });
}

/** A worker that trains nothing: one that waits, or a new one. */
async function worker(
  host: Host,
  device: DeviceKind,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<Started> {
  const found = waiting.get(host)?.get(device);
  waiting.get(host)?.delete(device);
  if (found && !found.client.end) return found;
  const started = await host.beside({ kind: "burn", device }, onProgress, signal);
  host.life.addEventListener("abort", () => started.client.dispose(), { once: true });
  return started;
}

/** Frees a training; its worker waits for the next one, unless another does so already. */
function end(host: Host, started: Started, starting: Promise<{ trainer: number }>): void {
  const { client, backend } = started;
  const workers = waiting.get(host) ?? new Map<DeviceKind, Started>();
  waiting.set(host, workers);
  const other = workers.get(backend.device)?.client;
  if (other && !other.end) {
    client.dispose();
    return;
  }
  workers.set(backend.device, started);
  // Where the start failed there is nothing to free.
  void starting.then(({ trainer }) => client.call((worker) => worker.close(trainer))).catch(() => {});
}

/** What a trainer holds. */
interface Training {
  host: Host;
  client: Client;
  /** Its number in the worker. */
  trainer: number;
  /** Aborts with the Diffuser, with the caller's signal, or with `over`. */
  life: AbortSignal;
  over: AbortController;
  info: TrainerInfo;
}

class WorkerTrainer implements Trainer {
  readonly #training: Training;

  constructor(training: Training) {
    this.#training = training;
    const { over } = training;
    whenAbandoned(this, async () => over.abort());
  }

  get info(): TrainerInfo {
    return this.#training.info;
  }

  [Symbol.asyncIterator](): AsyncGenerator<TrainReport, void, undefined> {
    return this.#train(Number.POSITIVE_INFINITY);
  }

  steps(count: number): AsyncGenerator<TrainReport, void, undefined> {
    if (!Number.isSafeInteger(count) || count < 1) throw invalid("count", count, "an integer of at least 1");
    return this.#train(count);
  }

  async *#train(count: number): AsyncGenerator<TrainReport, void, undefined> {
    for (let left = count; left > 0; ) {
      const report = reportOf(await this.#ask((worker, trainer) => worker.trainSteps(trainer, left)));
      if (report.betas) this.#took(report.betas);
      left -= report.losses.length;
      yield report;
    }
  }

  /** Learned betas are those of the forward process from now on. */
  #took(betas: Float64Array): void {
    const { info } = this.#training;
    this.#training.info = { ...info, scheduler: { ...info.scheduler, trained_betas: [...betas] } };
  }

  async predict(x: Float32Array, t: number | number[], labels?: number[]): Promise<Float32Array> {
    const given = [copied("x", x), sendableValue("t", t), sendableValue("labels", labels)] as const;
    return this.#ask((worker, trainer) => worker.trainPredict(trainer, ...given));
  }

  async model(): Promise<Model> {
    const files = await this.save();
    const { host, life } = this.#training;
    return abortable(life, async () => Model.of(await RemoteNetwork.load(host, fromFiles(files))));
  }

  async save(): Promise<TrainedFiles> {
    const { weights, ...files } = await this.#ask((worker, trainer) => worker.trainFiles(trainer));
    return { ...files, weights: new Blob([weights]) };
  }

  async state(): Promise<Blob> {
    return new Blob([await this.#ask((worker, trainer) => worker.trainState(trainer))]);
  }

  dispose(): void {
    const hint = "Train again; the option `state` goes on from what `state()` gave.";
    this.#training.over.abort(new UnnoiseError("disposed", "the trainer has been disposed of", { hint }));
    hasEnded(this);
  }

  async #ask<T>(ask: (worker: Remote<Bridge>, trainer: number) => Promise<T>): Promise<T> {
    const { client, trainer, life, host } = this.#training;
    const end = host.hold();
    try {
      return await abortable(life, () => client.call((worker) => ask(worker, trainer)));
    } catch (error) {
      if (!(error instanceof UnnoiseError && LOST.includes(error.code))) throw error;
      const hint = "Train again with the last `state()` as the option `state`.";
      throw new UnnoiseError(error.code, error.message, { hint, cause: error });
    } finally {
      end();
    }
  }
}

/** The means of these steps. */
function reportOf({ steps, gamma, betas, ms }: TrainedSteps): TrainReport {
  const last = steps[steps.length - 1];
  if (!last) throw new Error("a report is of one step at least");
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const losses = steps.map(({ loss }) => loss);
  const terms = Object.keys(last.terms).map((name) => [
    name,
    mean(steps.map((step) => step.terms[name] ?? Number.NaN)),
  ]);
  const { step, learningRate } = last;
  const report = {
    step,
    loss: mean(losses),
    losses,
    terms: Object.fromEntries(terms),
    learningRate,
    ms: ms / steps.length,
  };
  return { ...report, ...(gamma && { gamma }), ...(betas && { betas }) };
}

/** What is learnt, in copies. */
function checkData(given: TrainData): TrainContent {
  if (!isObject(given) || !("points" in given || "images" in given)) {
    throw invalid("data", given, "an object with `points`, or with `images` and their `shape`");
  }
  if ("points" in given) return { points: floats("data.points", known(given, ["points"]).points) };
  const { images, ...more } = known(given, ["images", "shape", "labels"]);
  return { images: floats("data.images", images), ...sendable(more) };
}

/** A copy of floats, which the caller may change later; one that was transferred away is empty, and the engine says so. */
function floats(name: string, value: unknown): Float32Array {
  if (!(value instanceof Float32Array)) throw invalid(name, value, "a Float32Array");
  return value.length > 0 ? value.slice() : new Float32Array(0);
}

/** What of the options stays here, and what goes to the engine, which checks it. */
function checkOptions(given: TrainOptions) {
  const { signal, onProgress, device = "cpu", from, state, scheduler, ...o } = checkObject(given);
  if (device !== "cpu" && device !== "webgpu") throw invalid("device", device, '"cpu" or "webgpu"');
  if (from !== undefined && !(from instanceof Model)) throw invalid("from", from, "a Model");
  if (state !== undefined && !(state instanceof Blob)) throw invalid("state", state, "the Blob that `state` gave");
  const schedule = isObject(scheduler) ? { scheduler: sendable(scheduler, "scheduler.") } : sendable({ scheduler });
  return {
    ...checkProgress({ signal, onProgress }),
    device,
    from: from && Model.networkOf(from),
    state,
    options: { ...sendable(o), ...schedule },
  };
}
