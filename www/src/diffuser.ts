import { untilAborted } from "./abort.ts";
import { Client } from "./client.ts";
import { sampleWithDenoiser } from "./denoiser.ts";
import { fetchFolder } from "./files.ts";
import { Model } from "./model.ts";
import { checkCreate, checkLoad, checkSource, splitPlan } from "./options.ts";
import type { Plan, PlanOptions } from "./plan.ts";
import type { FilesMessage } from "./protocol.ts";
import type { Run } from "./run.ts";
import { start } from "./start.ts";
import { moving } from "./transfer.ts";
import type { Backend, CreateOptions, DenoiserOptions, LoadOptions, ModelFiles, ScheduleOptions } from "./types.ts";

/**
 * An engine in a worker of its own. It does one thing at a time: calls queue. It lives until `dispose()`, or until it crashes:
 * then all its calls reject with "engine-crashed", or with "device" where its graphics device was lost, and a new Diffuser is
 * the way on.
 */
export class Diffuser {
  /** The back end that was chosen, and why. */
  readonly backend: Backend;
  readonly #client: Client;

  /**
   * Downloads a module, opens its device and checks a known answer.
   *
   * @throws UnnoiseError "unknown-option", "invalid-backend", "invalid-assets", "invalid-on-progress"; "module-failed" where
   * the module cannot be downloaded or compiled; "self-test-failed"; "webgpu-unavailable" where WebGPU was asked for.
   */
  static async create(o: CreateOptions = {}): Promise<Diffuser> {
    const { client, backend } = await start(checkCreate(o));
    Client.live.add(client);
    return new Diffuser(client, backend);
  }

  private constructor(client: Client, backend: Backend) {
    this.#client = client;
    this.backend = backend;
  }

  /**
   * Loads a model. One that cannot be loaded leaves the models that are loaded already as they are.
   *
   * @param source The address of a diffusers folder, relative to the page, or the files themselves. In the folder are
   * unet/config.json, or config.json, and beside it diffusion_pytorch_model.fp16.safetensors or
   * diffusion_pytorch_model.safetensors; scheduler/scheduler_config.json or scheduler_config.json, labels.json and
   * analytic_dpm.json may be absent.
   * @throws UnnoiseError "unknown-option", "invalid-source", "invalid-signal", "invalid-on-progress"; "unreachable",
   * "http-status", "not-a-model"; "config-…", "weights-…", "tensor-…" and "invalid-mean-sq-eps" for what is wrong inside of
   * the files. An aborted call rejects with its signal's reason.
   */
  async load(source: string | URL | ModelFiles, o: LoadOptions = {}): Promise<Model> {
    const { signal, onProgress } = checkLoad(o);
    const from = checkSource(source);
    if (this.#client.end) throw this.#client.end;
    signal?.throwIfAborted();
    if (!(from instanceof URL)) return this.#open(from, undefined, signal);
    const folder = await fetchFolder(from, signal, onProgress);
    return this.#open(moving(folder, folder.weights), lastPart(from), signal);
  }

  /**
   * Samples with your own denoiser: any function of (x, t). The engine is the same as for a loaded model.
   *
   * Nothing runs before the first step is asked for. Its errors are those of `Model.sample`, and "invalid-denoiser",
   * "denoiser-length", "denoiser-failed" (with the denoiser's own error as `cause`), "not-finite".
   */
  sample(o: DenoiserOptions): Run {
    return sampleWithDenoiser(this.#client, o);
  }

  /**
   * The exact step list and coefficients of a run, without running it.
   *
   * @throws UnnoiseError "unknown-option", "invalid-scheduler" or "invalid-…", with the option's name; "config-…" for what is
   * wrong inside of the scheduler's config.
   */
  async plan(o: PlanOptions & ScheduleOptions): Promise<Plan> {
    const { options, schedule } = splitPlan(o);
    return this.#client.call((worker) => worker.plan(options, schedule));
  }

  /** Ends the worker and frees all that it holds; pending and later calls reject with "disposed". */
  dispose(): void {
    this.#client.dispose();
  }

  /** @internal Size of the module's memory in bytes, for the tests. */
  memory(): Promise<number> {
    return this.#client.call((worker) => worker.memory());
  }

  async #open(files: FilesMessage, name: string | undefined, signal: AbortSignal | undefined): Promise<Model> {
    const client = this.#client;
    const loading = client
      .call((worker) => worker.load(files))
      .then(({ network, info }) => Model.of(client, network, name === undefined ? info : { ...info, name }));
    return untilAborted(loading, signal);
  }
}

/** The last folder of an address, readable where it is well formed. */
function lastPart({ pathname }: URL): string | undefined {
  const part = pathname.split("/").filter(Boolean).at(-1);
  try {
    return part && decodeURIComponent(part);
  } catch {
    return part;
  }
}
