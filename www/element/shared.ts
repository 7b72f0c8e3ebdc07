/** What the elements of a page share: one engine per back end, and one copy of the weights per model. The last user ends both. */
import { Diffuser, type LoadProgress, type Model, modelFolders, UnnoiseError } from "../src/index.ts";
import type { Value } from "../ui/options.ts";

/** How far loading is. */
export interface Loading {
  /** Bytes that have arrived, of the engine and of the model. */
  loaded: number;
  /** About how much of it all is there, from 0 to 1. It only grows. */
  fraction: number;
}

/** An engine and a model that are ready. */
export interface Loaded {
  diffuser: Diffuser;
  model: Model;
}

/** A claim on an engine and on a model. */
export interface Lease {
  readonly ready: Promise<Loaded>;
  /** Whether the engine is known to answer nothing more. */
  readonly dead: boolean;
  /** Gives the claim back; whoever gives back the last one frees what it was on. */
  release(): void;
  /** Tells what went wrong, so that nobody is given a dead engine or a model that failed to load. */
  report(error: unknown): void;
}

/** Codes after which an engine answers nothing more. */
const FATAL = ["engine-crashed", "device", "disposed"];

/** The engine's part of the time that loading takes, where it has to be started. */
const ENGINE_SHARE = 1 / 3;

/** As `LoadOptions.size`. */
type Size = Value<"size"> | undefined;

const engines = new Map<Value<"backend">, Engine>();

/** Claims the model at an address, of its own size or this one, on a back end; what is not there yet is started and loaded. */
export function acquire(
  backend: Value<"backend">,
  address: string,
  size: Size,
  onProgress: (loading: Loading) => void,
): Lease {
  let engine = engines.get(backend);
  if (!engine) {
    engine = new Engine(backend);
    engines.set(backend, engine);
  }
  const [folder, ...others] = modelFolders(address);
  // What stands for more than one folder is told apart when it is loaded.
  return engine.lease(folder && others.length === 0 ? folder.href : address, size, onProgress);
}

/** One engine and the models that are loaded on it. */
class Engine {
  dead = false;
  readonly progress = new Downloads(() => {
    for (const model of this.#models.values()) model.tell();
  });
  readonly diffuser: Promise<Diffuser>;
  readonly #backend: Value<"backend">;
  readonly #models = new Map<string, SharedModel>();
  #started = false;

  constructor(backend: Value<"backend">) {
    this.#backend = backend;
    this.diffuser = Diffuser.create({ backend, onProgress: (progress) => this.progress.add(progress) });
    this.diffuser.then(
      () => this.#start(),
      () => this.drop(),
    );
  }

  lease(address: string, size: Size, onProgress: (loading: Loading) => void): Lease {
    const key = `${size} ${address}`;
    let model = this.#models.get(key);
    if (!model) {
      model = new SharedModel(this, key, address, size);
      this.#models.set(key, model);
    }
    return model.lease(onProgress);
  }

  /** A model that nobody uses any more, or that could not be loaded. */
  forget(key: string, model: SharedModel): void {
    if (this.#models.get(key) === model) this.#models.delete(key);
    this.#endIfUnused();
  }

  /** Takes the engine out of use: the next claim starts another. */
  drop(): void {
    this.dead = true;
    if (engines.get(this.#backend) === this) engines.delete(this.#backend);
    void this.diffuser.then((diffuser) => diffuser.dispose()).catch(() => {});
  }

  #start(): void {
    this.#started = true;
    this.#endIfUnused();
  }

  /** An engine that is only starting is kept until it has started: an element that comes back takes it up. */
  #endIfUnused(): void {
    if (this.#started && !this.dead && this.#models.size === 0) this.drop();
  }
}

/** One model on an engine. */
class SharedModel {
  readonly #engine: Engine;
  readonly #key: string;
  readonly #address: string;
  readonly #size: Size;
  readonly #users = new Map<object, (loading: Loading) => void>();
  readonly #abort = new AbortController();
  readonly #progress = new Downloads(() => this.tell());
  readonly #ready: Promise<Loaded>;
  #fraction = 0;

  constructor(engine: Engine, key: string, address: string, size: Size) {
    this.#engine = engine;
    this.#key = key;
    this.#address = address;
    this.#size = size;
    this.#ready = this.#load();
    this.#ready.catch(() => this.#engine.forget(key, this));
  }

  lease(onProgress: (loading: Loading) => void): Lease {
    const user = {};
    const engine = this.#engine;
    this.#users.set(user, onProgress);
    return {
      ready: this.#ready,
      get dead() {
        return engine.dead;
      },
      release: () => this.#release(user),
      report: (error) => {
        if (error instanceof UnnoiseError && FATAL.includes(error.code) && !engine.dead) engine.drop();
      },
    };
  }

  /** Tells every user how far loading is. */
  tell(): void {
    const engine = this.#engine.progress;
    const fraction = ENGINE_SHARE * engine.fraction + (1 - ENGINE_SHARE) * this.#progress.fraction;
    this.#fraction = Math.max(this.#fraction, fraction);
    const loading = { loaded: engine.loaded + this.#progress.loaded, fraction: this.#fraction };
    for (const onProgress of this.#users.values()) onProgress(loading);
  }

  async #load(): Promise<Loaded> {
    const diffuser = await this.#engine.diffuser;
    const onProgress = (progress: LoadProgress) => this.#progress.add(progress);
    const model = await diffuser.load(this.#address, {
      ...(this.#size && { size: this.#size }),
      signal: this.#abort.signal,
      onProgress,
    });
    for (const { message } of model.info.warnings) console.warn(`diffusion-sampler, ${this.#address}: ${message}`);
    return { diffuser, model };
  }

  #release(user: object): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    this.#abort.abort();
    this.#engine.forget(this.#key, this);
  }
}

/** Files on their way. */
class Downloads {
  readonly #files = new Map<string, LoadProgress>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  add(progress: LoadProgress): void {
    this.#files.set(progress.file, progress);
    this.#onChange();
  }

  /** Bytes that have arrived. */
  get loaded(): number {
    return this.#sum(({ loaded }) => loaded);
  }

  /** Part of the bytes of the files begun; 0 where a server does not say how many there are. */
  get fraction(): number {
    const total = this.#sum(({ total = Number.NaN }) => total);
    return total > 0 ? this.loaded / total : 0;
  }

  #sum(of: (file: LoadProgress) => number): number {
    return [...this.#files.values()].reduce((sum, file) => sum + of(file), 0);
  }
}
