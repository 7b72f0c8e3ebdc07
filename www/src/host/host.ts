/** Where a Diffuser computes: one worker at a time, and another one in its place when its graphics device is lost or WebGPU is faster. */
import { messageOf, UnnoiseError } from "../errors.ts";
import type { Backend, BackendTiming, Target } from "../types.ts";
import type { AutoChoice } from "./auto.ts";
import { type Choice, choose, needsWebgpu, type Wanted } from "./choose.ts";
import { Client, disposed } from "./client.ts";
import { Rest } from "./rest.ts";
import type { Arena, Movable, Work } from "./rivals.ts";
import { begin, type Started, type StartOptions, start } from "./start.ts";

export interface HostOptions extends StartOptions {
  onBackend: (backend: Backend) => void;
  timings: readonly BackendTiming[];
}

/** The worker of a Diffuser, and what replaces it. */
export class Host implements Arena {
  /** What is loaded, and goes along where another worker takes over. */
  readonly networks = new Set<Movable>();
  /** The last work of a network. */
  last: Work | undefined;
  readonly options: HostOptions;
  client: Client;
  backend: Backend;
  #replacing: Promise<void> | undefined;
  /** What "auto" may have beside the CPU; undefined where there is nothing to choose, or no more. */
  #offered: Promise<Choice> | undefined;
  #auto: Promise<AutoChoice> | undefined;
  readonly #rest = new Rest(() => void this.#choose());
  readonly #life = new AbortController();

  static async start(o: HostOptions): Promise<Host> {
    const asking = o.backend === "auto" ? choose({ ...o, device: "webgpu" }, o.startTimeout) : undefined;
    return new Host(o, await start(o), asking);
  }

  private constructor(o: HostOptions, { client, backend }: Started, asking: Promise<Choice> | undefined) {
    this.options = o;
    this.client = client;
    this.backend = backend;
    this.#offered = asking;
    // Mostly the browser has answered by now.
    void asking?.then(({ kind, reason }) => {
      if (kind !== "cpu") return;
      this.#offered = undefined;
      backend.reason = reason;
    });
    Client.live.add(client);
  }

  get resting(): AbortSignal | undefined {
    return this.#rest.signal;
  }

  /** Aborts with the end of this place. */
  get life(): AbortSignal {
    return this.#life.signal;
  }

  /** Whether what a worker holds may have to be made again in another one. */
  get canLoseDevice(): boolean {
    return this.backend.device === "webgpu";
  }

  /** Throws where nothing can be computed here any more. */
  throwIfOver(): void {
    this.#life.signal.throwIfAborted();
    const { end } = this.client;
    if (end && !this.#isLost(this.client, end)) throw end;
  }

  /** Starts a worker beside this place's own. */
  beside({ kind, device }: Target, onProgress: StartOptions["onProgress"], signal: AbortSignal): Promise<Started> {
    return start({ ...this.options, backend: kind, device, workers: 1, onProgress, signal });
  }

  open(choice: Choice, o: Pick<StartOptions, "onProgress" | "signal">): Promise<Started> {
    return begin(choice, { ...this.options, ...o });
  }

  tell(backend: Backend): void {
    this.backend = backend;
    this.options.onBackend(backend);
  }

  take({ client, backend }: Started): void {
    this.client.dispose();
    this.client = client;
    Client.live.add(client);
    this.tell(backend);
  }

  /** Notes that work goes on which no other back end may disturb or take over; what it gives ends that. */
  hold(): () => void {
    return this.#rest.begin();
  }

  /** Ends the choice of "auto": what computes stays. */
  keep(): void {
    this.#offered = undefined;
    void this.#auto?.then((auto) => auto.end()).catch(() => {});
  }

  /**
   * Does the work in the worker, and once more in its successor where the graphics device is lost meanwhile: on a new device, and
   * on the CPU where that one is lost too or cannot be opened. Where WebGPU was asked for there is no CPU, and the loss is the result.
   *
   * @param work Must bring all that it needs in the worker with it, for a successor holds nothing.
   */
  use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return this.#use(work).finally(this.hold());
  }

  async #use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    for (let losses = 0; ; losses++) {
      await this.#replacing;
      this.#life.signal.throwIfAborted();
      const client = this.client;
      try {
        return await work(client);
      } catch (error) {
        if (!this.#isLost(client, error)) throw error;
        await this.#replace(client, error, losses);
      }
    }
  }

  /** Checks a config.json and the memory that its network takes, and has a GPU compile it. What else goes wrong is told when the model is loaded. */
  async rehearse(config: unknown, halves: boolean): Promise<void> {
    await this.client
      .call((worker) => worker.rehearse(config, halves))
      .catch((error: unknown) => {
        if (error instanceof UnnoiseError && /^config-|^too-large$/.test(error.code)) throw error;
      });
  }

  /** Ends the worker; what is pending and what comes later rejects with "disposed". */
  dispose(): void {
    this.#life.abort(disposed());
    this.client.dispose();
  }

  /** Goes on with the choice of "auto" while there is no work. Nobody waits for it. */
  async #choose(): Promise<void> {
    const offered = this.#offered;
    if (!this.last || !offered) return;
    const parts = () => Promise.all([import("./auto.ts"), offered]);
    this.#auto ??= parts().then(([{ AutoChoice }, choice]) => new AutoChoice(this, choice));
    try {
      await (await this.#auto).consider();
    } catch (error) {
      this.keep();
      this.tell({ ...this.backend, reason: messageOf(error) });
    }
  }

  #isLost(client: Client, error: unknown): error is UnnoiseError {
    const isLoss = error instanceof UnnoiseError && error.code === "device";
    return isLoss && client.device === "webgpu" && client.end !== undefined;
  }

  /** Puts another worker in the place of the lost one, unless that has been done, or is being done, for other work. */
  async #replace(lost: Client, loss: UnnoiseError, losses: number): Promise<void> {
    if (this.client !== lost) return;
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
    if (backend.device === "cpu") this.keep();
    this.take({ client, backend });
  }

  /** A new device the first time that some work loses its own, the CPU after that; only an automatic choice has the CPU. */
  async #startNext(loss: UnnoiseError, losses: number): Promise<Started> {
    const { backend, device } = this.options;
    if (losses > 0 && needsWebgpu(this.options)) throw loss;
    const onCpu: Wanted = backend === "burn" ? { backend, device: "cpu" } : { backend: "cpu", device: undefined };
    const next = losses > 0 ? onCpu : { backend, device: backend === "auto" ? ("webgpu" as const) : device };
    const { signal } = this.#life;
    const starting = start({ ...this.options, ...next, onProgress: () => {}, signal });
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
