/** Where a Diffuser computes: one worker at a time, and another one in its place when its graphics device is lost or WebGPU is faster. */
import { anyOf } from "../abort.ts";
import { messageOf, UnnoiseError } from "../errors.ts";
import { place } from "../place.ts";
import type { Backend, BackendTiming, Target } from "../types.ts";
import type { AutoChoice } from "./auto.ts";
import type { CheckReport } from "./checked.ts";
import { type Choice, choose, needsWebgpu, offered, type Wanted } from "./choose.ts";
import { Client, disposed } from "./client.ts";
import { moduleFailed } from "./module.ts";
import { Rest } from "./rest.ts";
import type { Arena, Movable, Work } from "./rivals.ts";
import { begin, open, type Started, type StartOptions, start } from "./start.ts";

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
  readonly #o: HostOptions;
  #client: Client;
  #backend: Backend;
  #replacing: Promise<void> | undefined;
  /** What "auto" may have beside the CPU; undefined where there is nothing to choose, or no more. */
  #offered: Promise<Choice> | undefined;
  #auto: Promise<AutoChoice> | undefined;
  readonly #rest = new Rest(() => void this.#choose());
  readonly #life = new AbortController();

  static async start(o: HostOptions): Promise<Host> {
    const asking = o.backend === "auto" ? offered(o.startTimeout) : undefined;
    let found: Choice | undefined;
    void asking?.then((choice) => {
      found = choice;
    });
    const host = new Host(o, await start(o), asking);
    // Where the browser has not answered yet, it is told later.
    if (found?.kind === "cpu") host.#stay(found.reason);
    return host;
  }

  private constructor(o: HostOptions, { client, backend }: Started, asking: Promise<Choice> | undefined) {
    this.#o = o;
    this.#client = client;
    this.#backend = backend;
    this.#offered = asking;
    Client.live.add(client);
  }

  get client(): Client {
    return this.#client;
  }

  get backend(): Backend {
    return this.#backend;
  }

  get timings(): readonly BackendTiming[] {
    return this.#o.timings;
  }

  get startTimeout(): number {
    return this.#o.startTimeout;
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

  open(choice: Choice, o: Pick<StartOptions, "onProgress" | "signal">): Promise<Started> {
    return begin(choice, { ...this.#o, ...o });
  }

  tell(backend: Backend): void {
    this.#backend = backend;
    this.#o.onBackend(backend);
  }

  take({ client, backend }: Started): void {
    this.#client.dispose();
    this.#client = client;
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
    void this.#auto?.then((auto) => auto.end());
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
    const end = this.hold();
    try {
      return await this.#use(work);
    } finally {
      end();
    }
  }

  async #use<T>(work: (client: Client) => Promise<T>): Promise<T> {
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

  /** Goes on with the choice of "auto" while there is no work. Nobody waits for it. */
  async #choose(): Promise<void> {
    // In a hidden page the browser slows down what would be timed.
    if (this.#life.signal.aborted || !this.last || place.document?.hidden) return;
    const choice = await this.#offered;
    if (!choice || !this.#offered) return;
    if (choice.kind === "cpu") return this.#stay(choice.reason, true);
    try {
      this.#auto ??= import("./auto.ts").then(({ AutoChoice }) => new AutoChoice(this, choice));
      await (await this.#auto).consider();
    } catch (error) {
      this.#stay(messageOf(moduleFailed("auto", error)), true);
    }
  }

  /** There is nothing but the CPU. */
  #stay(reason: string, isNews = false): void {
    this.#offered = undefined;
    const backend = { ...this.#backend, reason };
    if (isNews) this.tell(backend);
    else this.#backend = backend;
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
    Client.live.add(client);
    if (backend.device === "cpu") this.keep();
    this.tell(backend);
  }

  /** A new device the first time that some work loses its own, the CPU after that; only an automatic choice has the CPU. */
  async #startNext(loss: UnnoiseError, losses: number): Promise<Started> {
    const { backend, device } = this.#o;
    if (losses > 0 && needsWebgpu(this.#o)) throw loss;
    const onCpu: Wanted = backend === "burn" ? { backend, device: "cpu" } : { backend: "cpu", device: undefined };
    const next = losses > 0 ? onCpu : { backend, device: backend === "auto" ? ("webgpu" as const) : device };
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
