/** Where a Diffuser computes: one worker at a time, and another one in its place when its graphics device is lost. */
import { anyOf } from "../abort.ts";
import { UnnoiseError } from "../errors.ts";
import type { Backend, Target } from "../types.ts";
import type { CheckReport } from "./checked.ts";
import { choose, needsWebgpu, type Wanted } from "./choose.ts";
import { Client, disposed } from "./client.ts";
import { moduleFailed } from "./module.ts";
import { open, type Started, type StartOptions, start } from "./start.ts";

export interface HostOptions extends StartOptions {
  onBackend: (backend: Backend) => void;
}

/** The worker of a Diffuser, and what replaces it. */
export class Host {
  readonly #o: HostOptions;
  #client: Client;
  #backend: Backend;
  #replacing: Promise<void> | undefined;
  readonly #life = new AbortController();

  static async start(o: HostOptions): Promise<Host> {
    return new Host(o, await start(o));
  }

  private constructor(o: HostOptions, { client, backend }: Started) {
    this.#o = o;
    this.#client = client;
    this.#backend = backend;
    Client.live.add(client);
  }

  get backend(): Backend {
    return this.#backend;
  }

  /** Aborts with the end of this place. */
  get life(): AbortSignal {
    return this.#life.signal;
  }

  /** Whether what a worker holds may have to be made again in another one. */
  get canLoseDevice(): boolean {
    return this.#backend.device === "webgpu";
  }

  /** Throws where nothing can be computed here any more. */
  throwIfOver(): void {
    this.#life.signal.throwIfAborted();
    const { end } = this.#client;
    if (end && !this.#isLost(this.#client, end)) throw end;
  }

  /** Starts a worker beside this place's own. */
  beside({ kind, device }: Target, onProgress: StartOptions["onProgress"], signal: AbortSignal): Promise<Started> {
    return start({ ...this.#o, backend: kind, device, workers: 1, onProgress, signal });
  }

  /** Asks every back end about the same networks, in workers that end with the check, with the signal or with this place. */
  async check(given: AbortSignal | undefined, onProgress: (fraction: number) => void): Promise<CheckReport> {
    this.throwIfOver();
    const signal = anyOf(this.#life.signal, given);
    const { assets, startTimeout } = this.#o;
    const { check } = await import("./check.ts").catch((error) => {
      throw moduleFailed("check", error);
    });
    const opened = async ({ kind, device }: Target) => {
      const choice = await choose({ backend: kind, device: kind === "burn" ? device : undefined }, startTimeout);
      return open(choice, { assets, workers: 1, startTimeout, onProgress: () => {}, signal });
    };
    return check(opened, signal, onProgress);
  }

  /**
   * Does the work in the worker, and once more in its successor where the graphics device is lost meanwhile: on a new device, and
   * on the CPU where that one is lost too or cannot be opened. Where WebGPU was asked for there is no CPU, and the loss is the result.
   *
   * @param work Must bring all that it needs in the worker with it, for a successor holds nothing.
   */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    for (let losses = 0; ; losses++) {
      await this.#replacing;
      this.#life.signal.throwIfAborted();
      const client = this.#client;
      try {
        return await work(client);
      } catch (error) {
        if (!this.#isLost(client, error)) throw error;
        await this.#replace(client, error, losses);
      }
    }
  }

  /** Has a GPU compile what the network of a config.json takes. What goes wrong is told when the model is loaded. */
  rehearse(config: unknown, halves: boolean): void {
    if (this.canLoseDevice) void this.#client.call((worker) => worker.rehearse(config, halves)).catch(() => {});
  }

  /** Ends the worker; what is pending and what comes later rejects with "disposed". */
  dispose(): void {
    this.#life.abort(disposed());
    this.#client.dispose();
  }

  #isLost(client: Client, error: unknown): error is UnnoiseError {
    const isLoss = error instanceof UnnoiseError && error.code === "device";
    return isLoss && client.device === "webgpu" && client.end !== undefined;
  }

  /** Puts another worker in the place of the lost one, unless that has been done, or is being done, for other work. */
  async #replace(lost: Client, loss: UnnoiseError, losses: number): Promise<void> {
    if (this.#client !== lost) return;
    this.#replacing ??= this.#succeed(loss, losses).finally(() => {
      this.#replacing = undefined;
    });
    await this.#replacing;
  }

  async #succeed(loss: UnnoiseError, losses: number): Promise<void> {
    const { signal } = this.#life;
    const { client, backend } = await this.#startNext(loss, losses);
    if (signal.aborted) client.dispose();
    signal.throwIfAborted();
    this.#client = client;
    this.#backend = backend;
    Client.live.add(client);
    this.#o.onBackend(backend);
  }

  /** A new device the first time that some work loses its own, the CPU after that; only an automatic choice has the CPU. */
  async #startNext(loss: UnnoiseError, losses: number): Promise<Started> {
    const { backend, device } = this.#o;
    if (losses > 0 && needsWebgpu(this.#o)) throw loss;
    const onCpu: Wanted = backend === "burn" ? { backend, device: "cpu" } : { backend: "cpu", device: undefined };
    const next = losses > 0 ? onCpu : { backend, device };
    const { signal } = this.#life;
    const starting = start({ ...this.#o, ...next, onProgress: () => {}, signal });
    const started = await starting.catch(() => {
      signal.throwIfAborted();
      throw loss;
    });
    return { ...started, backend: { ...started.backend, reason: reasonOf(started.backend, losses, loss) } };
  }
}

function reasonOf({ device, reason }: Backend, losses: number, { message }: UnnoiseError): string {
  if (device === "webgpu") return `opened anew: ${message}`;
  return losses > 0 ? `${message}, and the new one too` : `${message}; ${reason}`;
}
