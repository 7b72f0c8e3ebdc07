/** A network in whichever worker computes: it is loaded again where that is a new one. */
import type { Remote } from "comlink";
import { abortable, anyOf } from "../abort.ts";
import type { AnalyticTable, ModelInfo } from "../checkpoint.ts";
import { UnnoiseError } from "../errors.ts";
import type { Client } from "../host/client.ts";
import type { Host } from "../host/host.ts";
import type { Movable, Place } from "../host/rivals.ts";
import type { Bridge, ComingFiles, FilesMessage } from "../protocol.ts";
import { withDefaults } from "./defaults.ts";
import { loadIn, wholeFiles } from "./loading.ts";
import type { Origin } from "./origin.ts";

export class RemoteNetwork implements Movable {
  readonly host: Host;
  readonly info: ModelInfo;
  /** The table that was measured here, and that every later worker must take up. */
  analytic: AnalyticTable | undefined;
  readonly origin: Origin;
  place: Place | undefined;
  readonly #over = new AbortController();
  /** What a worker may still be at with its weights. */
  readonly #pending = new Set<Promise<unknown>>();

  static load(host: Host, origin: Origin): Promise<RemoteNetwork> {
    return host.use(async (client) => {
      // As it is: what is made of a message has its weights copied, not moved.
      const files = await origin.message(undefined);
      const { network, info } = await loadIn(client, files);
      try {
        const known = await withDefaults(client, network, await origin.known(info), files.defaults);
        return new RemoteNetwork(host, client, network, known, origin);
      } catch (error) {
        void client.call((worker) => worker.close(network)).catch(() => {});
        throw error;
      }
    });
  }

  private constructor(host: Host, client: Client, number: number, info: ModelInfo, origin: Origin) {
    this.host = host;
    this.info = info;
    this.place = { client, number: Promise.resolve(number) };
    this.origin = origin;
    host.networks.add(this);
  }

  /** Asks about it in whichever worker computes, and waits no longer than until the signal aborts. */
  ask<T>(signal: AbortSignal | undefined, ask: (worker: Remote<Bridge>, network: number) => Promise<T>): Promise<T> {
    const askIn = async (client: Client) => {
      const number = await this.in(client);
      return client.call((worker) => ask(worker, number));
    };
    return this.during(signal, () => this.host.use(askIn));
  }

  /** Aborts when it is disposed of. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Does work with its weights, which are not freed before the work has ended, and waits no longer than until the signal aborts. */
  during<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return abortable(anyOf(signal, this.over), () => {
      const doing = work();
      this.#pending.add(doing);
      return doing.finally(() => this.#pending.delete(doing));
    });
  }

  /** Frees it after what is pending, which rejects with "disposed", as does what comes later. */
  dispose(): void {
    this.#over.abort(new UnnoiseError("disposed", "the model has been disposed of", { hint: "Load it again." }));
    void Promise.allSettled(this.#pending).then(() => this.free());
  }

  /** Its files, from where they came from. */
  async files(): Promise<FilesMessage> {
    return wholeFiles(await this.origin.message(undefined));
  }

  /** Its number in this worker, where it is loaded if it is not there. */
  in(client: Client): Promise<number> {
    if (this.place?.client !== client) this.place = { client, number: this.#loadAgain(client) };
    return this.place.number;
  }

  async free(): Promise<void> {
    this.host.networks.delete(this);
    if (this.host.last?.network === this) this.host.last = undefined;
    const place = this.place;
    // Where the worker has ended there is nothing to free.
    await place?.number.then((number) => place.client.call((worker) => worker.close(number))).catch(() => {});
  }

  async #loadAgain(client: Client): Promise<number> {
    try {
      return await this.load(client, await this.origin.message(this.analytic));
    } catch (error) {
      // The next call tries again.
      if (this.place?.client === client) this.place = undefined;
      throw error;
    }
  }

  /** Loads it from these files, which must be the same as before. */
  async load(client: Client, files: ComingFiles): Promise<number> {
    const { network, info } = await loadIn(client, files);
    if (info.hash === this.info.hash) return network;
    void client.call((worker) => worker.close(network)).catch(() => {});
    throw changed(this.info.name);
  }
}

function changed(name = "its files"): UnnoiseError {
  const message = `the graphics device was lost, and the model cannot be loaded again: ${name} now has other weights`;
  return new UnnoiseError("model-changed", message, { hint: "Load the model once more and start the run again." });
}
