import { abortable, anyOf, untilAborted } from "../abort.ts";
import type { LoadOptions, ModelFiles } from "../checkpoint.ts";
import { looking } from "../errors.ts";
import type { CheckOptions, CheckReport } from "../host/checked.ts";
import { Host } from "../host/host.ts";
import { moduleFailed } from "../host/module.ts";
import type { Plan, PlanOptions } from "../plan.ts";
import type { Backend, CallOptions, CreateOptions, DenoiserOptions, ScheduleOptions } from "../types.ts";
import { sampleWithDenoiser } from "./denoiser.ts";
import { fetchFolder, ofSize } from "./files.ts";
import { Model } from "./model.ts";
import { RemoteNetwork } from "./network.ts";
import { checkCall, checkCreate, checkLoad, checkProgress, checkSource, splitPlan } from "./options.ts";
import { fromFiles, fromFolder, type Origin } from "./origin.ts";
import type { Run } from "./run.ts";
import type { TrainData, Trainer, TrainOptions } from "./trainer.ts";
import { fileIn, joined } from "./weights.ts";

/**
 * An engine in a worker of its own. It runs one call at a time; other calls queue. It lives until `dispose()`, or until it crashes:
 * then all its calls reject with "engine-crashed", and a new Diffuser has to be created.
 *
 * A graphics device can be lost at any time, to a driver's update or to sleep. Then another worker takes over by itself: on a new
 * device, or on the CPU where there is none, or where the new one is lost at the same step too. It loads the models again; runs go
 * on from their last finished step with the same noise, measurements begin again, and other calls are made again. `backend` and
 * `CreateOptions.onBackend` say what computes then. Where WebGPU was asked for there is no CPU: what cannot be done on a new device rejects with
 * "device". A model that has other weights by then, or none, rejects with "model-changed".
 */
export class Diffuser {
  readonly #host: Host;

  /**
   * Downloads a module, opens its device and checks a known answer.
   *
   * @throws UnnoiseError "unknown-option", or "invalid-…" with the option's name; "module-failed" where the module cannot be downloaded
   * or compiled; "start-timeout" where one of its files or the device does not answer; "self-test-failed"; "webgpu-unavailable" where WebGPU was asked
   * for. An aborted call rejects with its signal's reason.
   */
  static async create(o: CreateOptions = {}): Promise<Diffuser> {
    return new Diffuser(await Host.start(looking("options", () => checkCreate(o))));
  }

  private constructor(host: Host) {
    this.#host = host;
  }

  /** The back end that computes, and why it is this one; another one where "auto" has measured it as faster, or a graphics device was lost. */
  get backend(): Backend {
    return this.#host.backend;
  }

  /**
   * Loads a model. One that cannot be loaded leaves the models that are loaded already as they are.
   *
   * @param source The address of a diffusers folder, relative to the page, or the files themselves; or a model on huggingface.co, as
   * `owner/name` (where the page has no such folder) or by any address of its page: see `modelFolders`. In the folder are
   * unet/config.json, config.json or unet_ema/config.json, and beside it the weights (see docs/models.md for their names), in one file
   * or several; scheduler/scheduler_config.json or scheduler_config.json, labels.json,
   * analytic_dpm.json and model_index.json may be absent: the server then answers 404, 410 or a web page. A folder unet/, unet_ema/
   * or checkpoint-500/ takes the scheduler and the labels of the one around it. Assumptions are in
   * `ModelInfo.warnings`. Where the connection breaks, or is silent for 30 s, while the weights come, they are asked for from there on, up
   * to five times without a further byte, if the server names an ETag or a date of them; after 429 or 5xx with a `Retry-After` of at most a
   * minute, not before that.
   * @throws UnnoiseError "unknown-option", "invalid-source", "invalid-revision", "invalid-variant", "invalid-size", "invalid-signal", "invalid-on-progress",
   * "invalid-fetch"; "unreachable" (also after 30 s of silence), "http-status" (no such folder, or any other status but those of an absent file), "download-mismatch" (other
   * bytes than the server promised), "not-a-model"; "config-…", "weights-…" ("weights-pickle": a pickle that does more than describe tensors),
   * "tensor-…" and "invalid-mean-sq-eps" for what is wrong inside of the files; JSON files have at most 8 MB. An aborted call rejects with its
   * signal's reason.
   */
  async load(source: string | URL | ModelFiles, o: LoadOptions = {}): Promise<Model> {
    const { signal, onProgress, revision, variant, size, fetch } = looking("options", () => checkLoad(o, source));
    const from = looking("source", () => checkSource(source, revision));
    this.#host.throwIfOver();
    signal?.throwIfAborted();
    if (!Array.isArray(from)) {
      const { weights, config, ...more } = from;
      const files = {
        ...more,
        config: ofSize(config, size),
        weights: Array.isArray(weights) ? await joined(weights) : weights,
      };
      signal?.throwIfAborted();
      return this.#open(fromFiles(files), signal);
    }
    const wanted = { variant, size, file: fileIn(source as string | URL) };
    const rehearse = (config: unknown, halves: boolean) => this.#host.rehearse(config, halves);
    const either = anyOf(this.#host.life, signal);
    const folder = await fetchFolder(from, wanted, { signal: either, onProgress, fetch }, rehearse);
    return this.#open(fromFolder(folder, wanted), signal);
  }

  /**
   * Samples with a denoiser of your own, a function of x and t. The engine is the same as for a loaded model.
   *
   * Nothing runs before the first step is asked for. Its errors are those of `Model.sample`, and "invalid-denoiser",
   * "denoiser-length", "denoiser-failed" (with the denoiser's own error as `cause`), "not-finite".
   */
  sample(o: DenoiserOptions): Run {
    return sampleWithDenoiser(this.#host, o);
  }

  /**
   * The exact step list and coefficients of a run, without running it.
   *
   * @throws UnnoiseError "unknown-option", "invalid-scheduler" or "invalid-…", with the option's name; "config-…" for what is
   * wrong inside of the scheduler's config. An aborted call rejects with its signal's reason.
   */
  async plan(o: PlanOptions & ScheduleOptions, call: CallOptions = {}): Promise<Plan> {
    const { options, schedule } = looking("options", () => splitPlan(o));
    const signal = looking("options", () => checkCall(call));
    return abortable(signal, () => this.#host.use((client) => client.call((worker) => worker.plan(options, schedule))));
  }

  /**
   * Runs the same small networks, each with one more kind of operation, on our kernels on the CPU and on WebGPU, and on burn on
   * WebGPU. The report says how far they agree, and how long a prediction takes. It starts workers of its own, one after the other, and
   * downloads the modules that are missing (2.5 MB). A back end that is absent or fails is reported as such.
   *
   * @throws UnnoiseError "unknown-option", "invalid-signal", "invalid-on-progress". An aborted call rejects with its signal's reason.
   */
  async check(o: CheckOptions = {}): Promise<CheckReport> {
    const { signal, onProgress } = looking("options", () => checkProgress(o));
    signal?.throwIfAborted();
    this.#host.throwIfOver();
    const { check } = await import("../host/check.ts").catch((error) => {
      throw moduleFailed("check", error);
    });
    return check(this.#host, signal, onProgress);
  }

  /**
   * Trains a network on points of the plane, or on images. It runs in a worker of its own with the burn module (2.0 MB), which is
   * downloaded when it is first needed; the worker is kept for the next training. Nothing is trained before the trainer is iterated.
   *
   * @param data What is learnt; it is copied.
   * @throws UnnoiseError "unknown-option", "invalid-data", "invalid-labels", or "invalid-…" with the option's name; "config-…" for what is
   * wrong inside of a network's or a scheduler's config; "out-of-memory" where not even a batch of one fits;
   * "invalid-state", or "weights-…" where it is cut off; "unreachable", "http-status" or "model-changed" where the files of `from` cannot
   * be had again; those of `Diffuser.create`. An aborted call rejects with its signal's reason.
   */
  async train(data: TrainData, o: TrainOptions = {}): Promise<Trainer> {
    const { train } = await import("./training.ts").catch((error) => {
      throw moduleFailed("training", error);
    });
    return train(this.#host, data, o);
  }

  /** Ends the choice of "auto": the back end that computes now stays, whatever would be faster. */
  keepBackend(): void {
    this.#host.keep();
  }

  /** Ends the worker and frees all that it holds; pending and later calls reject with "disposed". */
  dispose(): void {
    this.#host.dispose();
  }

  /** @internal Size of the module's memory in bytes, for the tests. */
  memory(): Promise<number> {
    return this.#host.use((client) => client.call((worker) => worker.memory()));
  }

  #open(origin: Origin, signal: AbortSignal | undefined): Promise<Model> {
    const loading = RemoteNetwork.load(this.#host, origin).then((network) => Model.of(network));
    return untilAborted(loading, signal);
  }
}
