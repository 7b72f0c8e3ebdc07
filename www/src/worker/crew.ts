/** The further workers of a CPU worker. Each has a module and copies of the networks of its own, and nothing is shared. */
import { type Remote, wrap } from "comlink";
import type { ModuleFiles } from "../assets.ts";
import { messageOf } from "../errors.ts";
import { Client } from "../host/client.ts";
import type { Bridge, FilesMessage, Recruiter } from "../protocol.ts";

/** How long a batch waits for a further worker, in milliseconds; one that is later joins in at a later step. */
const PATIENCE = 3000;

/** The machine's memory in GB where the browser says it: Chromium does, rounded. */
const { deviceMemory = 8 } = (globalThis.navigator ?? {}) as { deviceMemory?: number };
/** Memory in bytes for all copies of a network together. */
const ROOM = Math.min(2, deviceMemory / 4) * 1e9;

/** What a copy of a network is made from, and how much memory it takes. */
interface Copied {
  files: FilesMessage;
  bytes: number;
}

export interface CrewOptions {
  /** Where a recruiter is asked for further workers. */
  recruiter: MessagePort;
  /** The glue's address and the module, which is compiled once for all. */
  files: ModuleFiles;
  /** Count of workers in all, the first one included. */
  workers: number;
}

/** Starts further workers when there is a batch for them. One that fails is done without; the first worker does its share. */
export class Crew {
  /** Count of workers in all, the first one included. */
  readonly workers: number;
  readonly #files: ModuleFiles;
  readonly #recruiter: Remote<Recruiter>;
  readonly #helpers: Helper[] = [];
  readonly #networks = new Map<number, Copied>();

  constructor({ files, workers, recruiter }: CrewOptions) {
    this.workers = workers;
    this.#files = files;
    this.#recruiter = wrap<Recruiter>(recruiter);
  }

  /** Notes a network, by its number in the first worker, and what a copy of it is made from: weights as a Blob cost no memory here. */
  keep(network: number, copied: Copied): void {
    this.#networks.set(network, copied);
  }

  /** What a copy of a network is made from. */
  files(network: number): FilesMessage | undefined {
    return this.#networks.get(network)?.files;
  }

  /** Frees all copies of a network. */
  forget(network: number): void {
    this.#networks.delete(network);
    for (const helper of this.#helpers) helper.forget(network);
  }

  /** Hears which further worker has crashed, by its recruiter's number. */
  crashed(number: number): void {
    for (const helper of this.#helpers) helper.crashed(number);
  }

  /** At most this many further workers that hold the network, as there is room for copies; those that are missing are started. */
  async ready(network: number, wanted: number): Promise<Helper[]> {
    const copied = this.#networks.get(network);
    if (!copied) return [];
    const count = Math.min(wanted, this.workers - 1, Math.floor(ROOM / copied.bytes));
    while (this.#helpers.length < count) this.#helpers.push(new Helper(this.#files, this.#recruiter));
    const called = this.#helpers.slice(0, count);
    await Promise.all(called.map((helper) => helper.prepare(network, copied.files)));
    return called.filter((helper) => helper.holds(network));
  }
}

/** A copy of a network in a further worker: its number there, once it is loaded. */
interface Copy {
  held: { client: Client; number: number } | undefined;
  loaded: Promise<void>;
  /** Settles when it is loaded, has failed, or has been waited for long enough. */
  awaited: Promise<unknown>;
}

export class Helper {
  readonly #starting: Promise<Client>;
  #number: number | undefined;
  #port: MessagePort | undefined;
  readonly #copies = new Map<number, Copy>();

  constructor(files: ModuleFiles, recruiter: Remote<Recruiter>) {
    const open = async () => {
      const { number, port } = await recruiter.open();
      [this.#number, this.#port] = [number, port];
      return Object.assign(port, { terminate: () => void recruiter.end(number) });
    };
    this.#starting = Client.start({ kind: "cpu", device: "cpu" }, open, files);
    this.#starting.catch((error: unknown) => {
      console.warn(`unnoise: a further worker could not be started: ${messageOf(error)}`);
    });
  }

  /** Hears of the crash of a further worker, which may be this one. */
  crashed(number: number): void {
    if (number === this.#number) this.#port?.dispatchEvent(new Event("error"));
  }

  /** Loads a copy of the network unless that has been tried; waits until it is there, or for as long as is worth it. */
  prepare(network: number, files: FilesMessage): Promise<unknown> {
    const copy = this.#copies.get(network) ?? this.#load(files);
    this.#copies.set(network, copy);
    return copy.awaited;
  }

  /** Whether it can be asked about the network. */
  holds(network: number): boolean {
    const held = this.#copies.get(network)?.held;
    return held !== undefined && held.client.end === undefined;
  }

  /** Asks it about a network that it holds; undefined where it has failed. */
  async ask<T>(network: number, ask: (worker: Remote<Bridge>, copy: number) => Promise<T>): Promise<T | undefined> {
    const held = this.#copies.get(network)?.held;
    // Whether the question or the worker is at fault, the first worker finds out, which asks itself next.
    return held?.client.call((worker) => ask(worker, held.number)).catch(() => undefined);
  }

  /** Frees its copy of the network. */
  forget(network: number): void {
    const copy = this.#copies.get(network);
    this.#copies.delete(network);
    const free = async () => {
      const held = copy?.held;
      await held?.client.call((worker) => worker.close(held.number));
    };
    void copy?.loaded.then(free).catch(() => {});
  }

  #load(files: FilesMessage): Copy {
    const load = async () => {
      const client = await this.#starting;
      const { network } = await client.call((worker) => worker.load(files));
      copy.held = { client, number: network };
    };
    const loaded = load().catch(() => {});
    const awaited = Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    const copy: Copy = { held: undefined, loaded, awaited };
    return copy;
  }
}
