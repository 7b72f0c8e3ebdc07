/**
 * What all wasm modules export, written by hand: the glue that wasm-bindgen makes is imported at run time, by address.
 *
 * An `Error` with a string `code` (and perhaps a `hint`) is one the engine tells; anything else thrown is a crash.
 */

import type { ModelInfo, SchedulerConfig } from "./checkpoint.ts";
import type { Plan } from "./plan.ts";
import type { DeviceKind } from "./types.ts";

/** Floats that have a buffer of their own, so that they can be transferred. */
export type Floats = Float32Array<ArrayBuffer>;

/** What a model's JSON files hold, as the public `ModelFiles`; the engine checks it. */
export interface ModelContent {
  config: unknown;
  scheduler?: unknown;
  labels?: unknown;
  analytic?: unknown;
  vdm?: unknown;
}

/** The glue module. */
export interface Glue {
  /** Instantiates the module; once. */
  default(o: { module_or_path: WebAssembly.Module }): Promise<{ memory: WebAssembly.Memory }>;
  Engine: { open(device: DeviceKind): Promise<Engine> };
  /** SHA-256 of what comes in parts, in hex; to `finish` frees it. */
  Sha256: new () => { add(bytes: Uint8Array): void; finish(): string };
  /** A run whose predictions come from elsewhere; `meanSqEps` may be undefined. */
  runWithDenoiser(options: unknown, scheduler: unknown, shape: unknown, meanSqEps: unknown): Run;
  /** The plan of such a run. */
  plan(options: unknown, scheduler: unknown, meanSqEps: unknown): Plan;
  /** Weights by a formula for the network of a config.json, as a safetensors file. */
  formulaWeights(config: unknown): Uint8Array<ArrayBuffer>;
  /** Of the burn module only. */
  Trainer: {
    /** The options are the public ones without those that stay on this side; `state` is what `Trainer.state` gave. */
    start(
      engine: Engine,
      data: TrainContent,
      options: unknown,
      base?: ModelContent & { weights: Uint8Array },
      state?: Uint8Array,
    ): Trainer;
  };
  /** Standard normal floats of a shape, as a run with that seed draws its x_T. */
  noise(seed: unknown, shape: unknown, rng: unknown): Floats;
}

/** A file that may still be arriving, as `src/wasm/js_file.rs` reads it. */
export interface Parts {
  /** The bytes that it will have. */
  readonly length: number;
  /** The bytes from `first` on, up to `end` or to the end of their piece: at least one. */
  at(first: number, end: number): Uint8Array;
  /** Hears which bytes will not be read again. */
  release(first: number, end: number): void;
}

/** Owns the device. */
export interface Engine {
  readonly adapter: string;
  /** Relative L2 error of a forward pass whose answer is known. */
  selfTest(): Promise<number>;
  /** Has a GPU compile what the network of a config.json takes, before its weights, halves or not, are there; throws where that is no network's. */
  rehearse(config: unknown, halves: boolean): void;
  /** Checks the files, and begins to make a network of them. */
  load(files: ModelContent & { weights: Parts }): Loading;
  free(): void;
}

/** A network whose weights are arriving. */
export interface Loading {
  /** Makes the layers whose weights are among the first `arrived` bytes. */
  goOn(arrived: number): void;
  /** All of them; the file is there, and this is freed. */
  finish(): Network;
  free(): void;
}

/** A loaded U-Net with its schedule. */
export interface Network {
  info(): Omit<ModelInfo, "hash">;
  /** The memory in bytes that a copy of it takes on the CPU. */
  readonly bytes: number;
  /** The raw output for `x.length / (C * H * W)` images. */
  predict(x: Float32Array, t: unknown, labels: unknown): Promise<Floats>;
  /** Samples of q(x_t | x_0); the options are the public ones without `signal`. */
  diffuse(x: Float32Array, t: unknown, options: unknown): Floats;
  /** What a run with these options tells the network of its images. */
  conditioning(options: unknown): Conditioning;
  /** What a run so conditioned is told, guidance included, of its images from `first` on, as many as `x` holds. */
  predictImages(x: Float32Array, t: number, conditioning: Conditioning, first: number): Promise<Floats>;
  /** A run of this network's schedule; the options are those of the public API without `signal`. */
  run(options: unknown): Run;
  plan(options: unknown): Plan;
  /** DDIM's encoding of images, which finds x_T. The options of all three are the public ones without `signal` and `onProgress`. */
  encode(x: Float32Array, options: unknown): Measurement;
  /** The variational bound of images, which finds a `Likelihood`. */
  likelihood(x: Float32Array, options: unknown): Measurement;
  /** Analytic-DPM's estimate from images, which finds an `AnalyticTable`. */
  estimateAnalytic(x: Float32Array, options: unknown): Measurement;
  free(): void;
}

/** Classes and guidance of a run. */
export interface Conditioning {
  free(): void;
}

/** One run, a step at a time. */
export interface Run {
  plan(): Plan;
  /** The state that it begins, or began, with. */
  initial(): Floats;
  readonly steps: number;
  /** How many of them are taken. */
  readonly index: number;
  /** Timestep of the pending step. */
  timestep(): number;
  /** x_t of the pending step. */
  input(): Floats;
  /** Goes on at a step with the state that a run of the same options had there. */
  resume(index: number, xt: Float32Array): void;
  /** Predicts, with guidance, and advances. One that is not `seen` gives nothing, unless it is the last. */
  step(network: Network, seen: boolean): Promise<StepData | undefined>;
  /** Advances by a prediction from elsewhere, with the gradient of a potential of the caller's own; gives what `step` does. */
  advance(prediction: Float32Array, gradient: Float32Array | undefined, seen: boolean): StepData | undefined;
  /** What such a potential is asked for the pending step. */
  asked(prediction: Float32Array): AskedData;
  /** The numbers of the step taken last. */
  floats(): Promise<StepFloats>;
  free(): void;
}

/** A measurement of a network, a step at a time. */
export interface Measurement {
  readonly steps: number;
  /** Asks the network once. */
  step(network: Network): Promise<void>;
  /** What was found, after the last step; the network takes up a table. */
  finish(network: Network): unknown;
  free(): void;
}

/** What is learnt, as the public `TrainData`. */
export interface TrainContent {
  points?: Float32Array;
  images?: Float32Array;
  shape?: unknown;
  labels?: unknown;
}

/** A network that is trained, a step at a time, and the average of its weights. */
export interface Trainer {
  info(): { parameters: number; shape: ModelInfo["shape"]; scheduler: SchedulerConfig; step: number };
  /** Gamma at times from 0 to 1, where it is learned. */
  gamma(): Floats | undefined;
  /** One beta per training timestep, where they are learned. */
  betas(): Float64Array<ArrayBuffer> | undefined;
  /** Takes one step of the optimiser. */
  step(): Promise<TrainStep>;
  /** What the averaged network predicts. */
  predict(x: Float32Array, t: unknown, labels: unknown): Promise<Floats>;
  /** The averaged network as a diffusers folder. */
  files(): Promise<{ config: object; weights: Uint8Array<ArrayBuffer>; scheduler: object; labels?: string[] }>;
  state(): Promise<Uint8Array<ArrayBuffer>>;
  free(): void;
}

/** One step of the optimiser. */
export interface TrainStep {
  /** How many are done. */
  step: number;
  loss: number;
  learningRate: number;
  terms: Record<string, number>;
}

/** One computed step. */
export interface StepData {
  /** Position in the run, from 0. */
  index: number;
  /** Count of the run's steps. */
  steps: number;
  /** Timestep of the state that the step started from. */
  timestep: number;
  /** Timestep of the state it made; null: the data. */
  next: number | null;
  /** The predicted images and the state after it, a byte for each number. */
  pixels: Record<"x0" | "xt", Uint8ClampedArray<ArrayBuffer>>;
  /** The same in floats; of the last step only. */
  floats?: StepFloats;
  /** What a potential of the caller's own said of log r. */
  logR?: number;
}

/** What a potential of the caller's own is asked: the predicted images, the state, where the step is, and the variance it multiplies. */
export interface AskedData extends StepFloats {
  index: number;
  timestep: number;
  variance: number;
}

/** The predicted images and the state after a step. */
export interface StepFloats {
  x0: Floats;
  xt: Floats;
}
