/** What the page and its worker say to one another. No behaviour: that is in client.ts and worker.ts. */
import type { ModuleFiles } from "./assets.ts";
import type { Findings } from "./findings.ts";
import type { Plan } from "./plan.ts";
import type { ModelInfo, Target } from "./types.ts";
import type { Floats, ModelContent, StepData, StepFloats } from "./wasm.ts";

/** What a worker says where it was sent something that cannot be read: no answer to a call, for it does not know which. */
export const UNREADABLE = "unreadable";

/** A model's files on their way to the worker. */
export interface FilesMessage extends ModelContent {
  weights: ArrayBuffer | Blob;
}

/** A denoiser's schedule on its way to the worker: the public `ScheduleOptions`. */
export interface ScheduleMessage {
  scheduler: unknown;
  meanSqEps: unknown;
}

/** A measurement by its number, and the count of its steps. */
export interface Measuring {
  measurement: number;
  steps: number;
}

/** What a measurement found, and whether the network has an Analytic-DPM table from then on. */
export interface Found<Finding> {
  found: Finding;
  hasAnalytic: boolean;
}

/**
 * The worker's calls. It answers one at a time, in their order; networks, runs, measurements and conditionings are known by number. What
 * is not said here stands in wasm.ts.
 */
export interface Bridge {
  /** Fetches the glue at this address, which `start` will need; answers when that has ended, well or not. */
  fetchGlue(glue: string): Promise<void>;
  /**
   * Opens a module and its device, and gives the adapter; once. With a crew, a batch is spread over so many workers; the further ones
   * are started from the script when there is one.
   */
  start(target: Target, files: ModuleFiles, crew: { script: string; workers: number } | undefined): Promise<string>;
  selfTest(): Promise<number>;
  rehearse(config: unknown, halves: boolean): Promise<void>;
  load(files: FilesMessage): Promise<{ network: number; info: ModelInfo }>;
  formulaWeights(config: unknown): Promise<ArrayBuffer>;
  predict(network: number, x: Float32Array, t: unknown, labels: unknown): Promise<Floats>;
  diffuse(network: number, x: Float32Array, t: unknown, options: unknown): Promise<Floats>;
  conditioning(network: number, options: unknown): Promise<number>;
  predictImages(network: number, x: Float32Array, t: number, conditioning: number, first: number): Promise<Floats>;
  planOf(network: number, options: unknown): Promise<Plan>;
  /** The plan of a run of a denoiser. */
  plan(options: unknown, schedule: ScheduleMessage): Promise<Plan>;
  /** Starts a run of a network. */
  run(network: number, options: Record<string, unknown>): Promise<number>;
  /** Starts a run of a denoiser. */
  runWithDenoiser(options: unknown, schedule: ScheduleMessage, shape: unknown): Promise<number>;
  planOfRun(run: number): Promise<Plan>;
  initial(run: number): Promise<Floats>;
  /** Lets a run that has just started go on at a later step, with the state that it had there in another worker. */
  resume(run: number, index: number, xt: Float32Array): Promise<void>;
  /** Computes the next step of a network's run. */
  step(run: number): Promise<StepData>;
  /**
   * Computes steps that nobody sees, until `to` of them are done or a while is over, and gives how many are done; never the last. Of a
   * denoiser's run it is one, from the denoiser's answer.
   */
  skip(run: number, to: number, prediction?: Float32Array): Promise<number>;
  /** What the denoiser is asked next, and for which step. */
  input(run: number): Promise<{ x: Floats; timestep: number; index: number }>;
  /** Computes the next step from a denoiser's answer. */
  advance(run: number, prediction: Float32Array): Promise<StepData>;
  floats(run: number): Promise<StepFloats>;
  /** Starts a measurement of a network on images. */
  measure(network: number, kind: keyof Findings, x: Float32Array, options: unknown): Promise<Measuring>;
  measureStep(measurement: number): Promise<void>;
  finish(measurement: number): Promise<Found<unknown>>;
  /** Frees a network, a run, a measurement or a conditioning; one that is gone already is no error. */
  close(number: number): Promise<void>;
  noise(seed: unknown, shape: unknown, rng: unknown): Promise<Floats>;
  /** Size of the module's memory in bytes, for the tests. */
  memory(): Promise<number>;
}
