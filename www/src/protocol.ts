/** What the page and its worker say to one another. No behaviour: that is in client.ts and worker.ts. */

import type { ModuleFiles } from "./assets.ts";
import type { ModelInfo } from "./checkpoint.ts";
import type { Findings } from "./findings.ts";
import type { Incoming, Piece, Shard } from "./pieces.ts";
import type { Plan } from "./plan.ts";
import type { Target } from "./types.ts";
import type {
  AskedData,
  Floats,
  ModelContent,
  StepData,
  StepFloats,
  TrainContent,
  Trainer,
  TrainStep,
} from "./wasm.ts";

/** What a worker says where it was sent something that cannot be read: no answer to a call, for it does not know which. */
export const UNREADABLE = "unreadable";

/** What stands for `r` of a potential that is a function: it stays on the caller's thread. */
export const OWN_POTENTIAL = "function";

/** A model's files on their way to the worker. */
export interface FilesMessage extends ModelContent {
  weights: ArrayBuffer | Blob;
  /** The files that they came in, where there were several. */
  shards?: Shard[];
  /** The SHA-256 of the weights in hex, where they have been hashed before. */
  hash?: string;
  /** What a defaults.json says: it stays on the caller's side, and the engine is asked whether it takes it. */
  defaults?: unknown;
}

/** A model's files, whose weights may still be on their way. */
export type ComingFiles = Omit<FilesMessage, "weights"> & { weights: FilesMessage["weights"] | Incoming };

/** A denoiser's schedule on its way to the worker: the public `ScheduleOptions`. */
export interface ScheduleMessage {
  scheduler: unknown;
  meanSqEps: unknown;
}

/** What starts and ends further workers for a worker that asks on a port. See host/further.ts. */
export interface Recruiter {
  /** Starts one: its number, and the port that it answers on. */
  open(): Promise<{ number: number; port: MessagePort }>;
  end(number: number): void;
}

/** Steps of a training that share a message, gamma or the betas after them where they are learned, and how long they took. */
export interface TrainedSteps {
  steps: TrainStep[];
  gamma: Floats | undefined;
  betas: Float64Array<ArrayBuffer> | undefined;
  ms: number;
}

/** A network by its number, and what is known of it. */
export interface LoadedNetwork {
  network: number;
  info: ModelInfo;
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
 * The worker's calls. It answers one at a time, in their order; networks, runs, measurements, conditionings and trainings are known
 * by number. What is not said here stands in wasm.ts.
 */
export interface Bridge {
  /** Fetches the glue at this address, which `start` will need; answers when that has ended, well or not. */
  fetchGlue(glue: string): Promise<void>;
  /**
   * Opens a module and its device, and gives the adapter; once. A batch is spread over so many workers, this one included; the
   * recruiter on this port starts the further ones when there is a batch.
   */
  start(target: Target, files: ModuleFiles, workers: number, recruiter: MessagePort | undefined): Promise<string>;
  /** Says that a further worker, by its recruiter's number, has crashed. */
  crashed(further: number): Promise<void>;
  selfTest(): Promise<number>;
  rehearse(config: unknown, halves: boolean): Promise<void>;
  load(files: FilesMessage): Promise<LoadedNetwork>;
  /** Begins to load a network whose weights, so many bytes as far as that is known, then come piece by piece; gives the number of the arrival. */
  arrive(files: Omit<FilesMessage, "weights">, length: number | undefined): Promise<number>;
  /** Copies a piece, and gives its memory back. */
  piece(arrival: number, piece: Piece): Promise<Piece>;
  /** What has been loaded; all pieces are there. */
  arrived(arrival: number): Promise<LoadedNetwork>;
  /** The files of a network, where they are kept for further workers. */
  files(network: number): Promise<FilesMessage | undefined>;
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
   * denoiser's run it is one, from the denoiser's answer; of a run with a potential of the caller's own one too, from its gradient.
   */
  skip(run: number, to: number, prediction?: Float32Array, gradient?: Float32Array): Promise<number>;
  /** What the denoiser is asked next, and for which step. */
  input(run: number): Promise<{ x: Floats; timestep: number; index: number }>;
  /** What a potential of the caller's own is asked next, and for which step; the prediction, the network's or this one, is kept for it. */
  asked(run: number, prediction: Float32Array | undefined): Promise<AskedData>;
  /** Computes the next step from a denoiser's answer, or from the prediction that is kept, with a potential's gradient. */
  advance(run: number, prediction: Float32Array | undefined, gradient?: Float32Array): Promise<StepData>;
  floats(run: number): Promise<StepFloats>;
  /** Starts a measurement of a network on images. */
  measure(network: number, kind: keyof Findings, x: Float32Array, options: unknown): Promise<Measuring>;
  measureStep(measurement: number): Promise<void>;
  finish(measurement: number): Promise<Found<unknown>>;
  /** Starts a training, in a worker with the burn module. */
  train(
    data: TrainContent,
    options: unknown,
    base: FilesMessage | undefined,
    state: Blob | undefined,
  ): Promise<{ trainer: number; info: ReturnType<Trainer["info"]> }>;
  /** Takes steps of the optimiser until a while is over: at least one, and at most so many. */
  trainSteps(trainer: number, most: number): Promise<TrainedSteps>;
  trainPredict(trainer: number, x: Float32Array, t: unknown, labels: unknown): Promise<Floats>;
  trainFiles(trainer: number): ReturnType<Trainer["files"]>;
  trainState(trainer: number): ReturnType<Trainer["state"]>;
  /** Frees an arrival, a network, a run, a measurement, a conditioning or a training; one that is gone already is no error. */
  close(number: number): Promise<void>;
  noise(seed: unknown, shape: unknown, rng: unknown): Promise<Floats>;
  /** Size of the module's memory in bytes, for the tests. */
  memory(): Promise<number>;
}
