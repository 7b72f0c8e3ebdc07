/** A handle of one worker: its calls, its crash and its end. */
import { type Remote, releaseProxy, wrap } from "comlink";
import type { ModuleFiles } from "../assets.ts";
import { messageOf, UnnoiseError } from "../errors.ts";
import { type Bridge, UNREADABLE } from "../protocol.ts";
import { moving } from "../transfer.ts";
import type { DeviceKind, Target } from "../types.ts";
import { Further } from "./further.ts";
import type { Opening, Thread } from "./open.ts";
import { START_TIMEOUT, withoutStall } from "./stall.ts";

/** Codes after which a worker answers nothing more. */
const FATAL = ["engine-crashed", "device"];

/** How long a worker may take to say why it failed, once its failure is seen, in milliseconds. */
const LAST_WORDS = 100;

/** What to do about a module that has arrived, and keeps silent. */
const LONGER = 'Set a longer `startTimeout`, or use the back end "cpu".';

export interface ClientOptions {
  /** Ends the start: it rejects, and leaves no worker. */
  signal?: AbortSignal | undefined;
  /** Over how many workers it spreads a batch, itself included. Default: 1. */
  workers?: number;
  /** How long its files, and its module once it is there, may keep silent, in milliseconds. */
  startTimeout?: number;
}

export class Client {
  /** The workers of the Diffusers that are alive. */
  static readonly live = new Set<Client>();

  /** What its module computes on. */
  readonly device: DeviceKind;
  /** What it runs on; empty until it has started. */
  adapter = "";
  /** Relative error of its known-answer check. */
  selfTest = Number.NaN;

  readonly #worker: Thread;
  readonly #remote: Remote<Bridge>;
  readonly #pending = new Set<(reason: UnnoiseError) => void>();
  #further: Further | undefined;
  #end: UnnoiseError | undefined;

  /** Has a worker started, which is handed its module, opens the device and checks itself. */
  static async start(
    { kind, device }: Target,
    open: Opening,
    { glue, wasm }: { glue: string; wasm: ModuleFiles["wasm"] | Promise<ArrayBuffer> },
    { signal, workers = 1, startTimeout = START_TIMEOUT }: ClientOptions = {},
  ): Promise<Client> {
    const client = new Client(device, await open("unnoise", signal));
    const abort = () => client.stop(disposed());
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const recruiter = workers > 1 ? client.#recruiter(open) : undefined;
      // The glue is on its way while the module is. What is wrong with it is told when the module starts.
      const fetched = withoutStall(startTimeout, glue, () => client.call((worker) => worker.fetchGlue(glue)));
      const [there] = await Promise.all([wasm, fetched]);
      const files = moving({ glue, wasm: there });
      const starting = () => client.call((worker) => worker.start({ kind, device }, files, workers, recruiter));
      client.adapter = await withoutStall(startTimeout, `the ${kind} module`, starting, LONGER);
      // This computes, on a slow adapter for a minute, and is no silence.
      client.selfTest = await client.call((worker) => worker.selfTest());
    } catch (error) {
      client.stop(error instanceof UnnoiseError ? error : crashed(messageOf(error)));
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    return client;
  }

  private constructor(device: DeviceKind, worker: Thread) {
    this.device = device;
    this.#worker = worker;
    this.#remote = wrap<Bridge>(worker);
    worker.hold?.(false);
    worker.addEventListener("error", (event: Event) => {
      event.preventDefault();
      const end = crashed("message" in event ? String(event.message) : "without a word");
      setTimeout(() => this.stop(end), LAST_WORDS);
    });
    // No pending call can know whether the message that was lost was its own.
    const lost = () => this.#reject(notSent("a message could not be read on the other side"));
    worker.addEventListener("messageerror", lost);
    worker.addEventListener("message", (event) => "data" in event && event.data === UNREADABLE && lost());
  }

  /** Why the worker has ended; undefined while it runs. */
  get end(): UnnoiseError | undefined {
    return this.#end;
  }

  /** Asks the worker; rejects at the latest when the worker ends, for whatever reason. */
  call<T>(ask: (worker: Remote<Bridge>) => Promise<T>): Promise<T> {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      this.#worker.hold?.(true);
      const asked = async () => ask(this.#remote);
      asked()
        .then(resolve, (error: unknown) => {
          reject(error instanceof UnnoiseError ? error : notSent(error));
          if (error instanceof UnnoiseError && FATAL.includes(error.code)) this.stop(error);
        })
        .finally(() => {
          this.#pending.delete(reject);
          this.#worker.hold?.(this.#pending.size > 0);
        });
    });
  }

  /** What starts further workers for this one, in the same way. */
  #recruiter(open: Opening): MessagePort {
    this.#further = new Further(open, (number) => void this.call((worker) => worker.crashed(number)).catch(() => {}));
    return this.#further.port();
  }

  #reject(reason: UnnoiseError): void {
    for (const reject of this.#pending) reject(reason);
    this.#pending.clear();
  }

  dispose(): void {
    this.stop(disposed());
  }

  /** Ends the worker at once; pending and later calls reject with this reason. */
  stop(reason: UnnoiseError): void {
    if (this.#end) return;
    this.#end = reason;
    Client.live.delete(this);
    // comlink holds a worker until its proxy is collected, which the worker's listeners hold by way of this.
    this.#remote[releaseProxy]();
    this.#worker.terminate();
    this.#further?.stop();
    this.#reject(reason);
  }
}

/** What every call of a Diffuser rejects with after its end. */
export function disposed(): UnnoiseError {
  return new UnnoiseError("disposed", "the Diffuser has been disposed of", { hint: "Create a new one." });
}

function notSent(cause: unknown): UnnoiseError {
  const message = `the call did not reach the worker, or its answer the page: ${messageOf(cause)}`;
  return new UnnoiseError("not-sent", message, { cause });
}

function crashed(message: string): UnnoiseError {
  const hint = "Create a new Diffuser and load the model again.";
  return new UnnoiseError("engine-crashed", `the engine crashed: ${message}`, { hint });
}
