/**
 * Checks of what never reaches the engine: callbacks, signals, sources. The engine itself parses and checks the names and
 * the ranges of everything that it is given.
 */
import { inFolder, packaged } from "../assets.ts";
import type { LoadOptions } from "../checkpoint.ts";
import { invalid, looking, shortened, show, UnnoiseError, wrong } from "../errors.ts";
import type { MeasureOptions } from "../findings.ts";
import { fetchAnswered, START_TIMEOUT } from "../host/stall.ts";
import type { Shard } from "../pieces.ts";
import { cores } from "../place.ts";
import type { PlanOptions } from "../plan.ts";
import type { FilesMessage, ScheduleMessage } from "../protocol.ts";
import type {
  BackendTiming,
  CallOptions,
  CreateOptions,
  DenoiserOptions,
  DeviceKind,
  DiffuseOptions,
  SampleOptions,
  ScheduleOptions,
  Shape,
} from "../types.ts";
import { folder, modelFolders, ONLY_ON_HUB } from "./folders.ts";
import { checkPipeline } from "./pipeline.ts";
import { checkFields, sendable, sendableValue } from "./plain.ts";
import { splitPotential } from "./potential.ts";
import { fileIn } from "./weights.ts";

const CREATE = [
  "backend",
  "device",
  "workers",
  "assets",
  "startTimeout",
  "signal",
  "onProgress",
  "onBackend",
  "timings",
];
/** The most workers that can be asked for, and the most that are taken unasked. */
const MOST_WORKERS = 32;
const MOST_UNASKED = 8;
/** Timers count no further. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;
/** The longest side of an image, in pixels. */
const LONGEST_SIDE = 1024;
const FILES = ["config", "weights", "scheduler", "labels", "analytic", "vdm", "defaults", "index"];

/** Checked options of `Diffuser.create`. */
export function checkCreate(given: CreateOptions) {
  const { startTimeout = START_TIMEOUT, ...o } = known(given, CREATE);
  const backend = o.backend ?? "auto";
  if (backend !== "auto" && backend !== "webgpu" && backend !== "cpu" && backend !== "burn") {
    throw invalid("backend", backend, '"auto", "webgpu", "cpu" or "burn"');
  }
  return {
    backend,
    device: deviceOf(o),
    workers: workersOf(o),
    assets: o.assets === undefined ? packaged() : inFolder(folder(o.assets, "assets")),
    startTimeout: integer("startTimeout", startTimeout, LONGEST_TIMEOUT, ", in milliseconds"),
    signal: signalOf(o.signal),
    onProgress: callback("onProgress", o.onProgress),
    onBackend: callback("onBackend", o.onBackend),
    timings: timingsOf(o.timings),
  };
}

/** Measurements of earlier visits, which come from a store: those that are none are passed over when they are looked at. */
function timingsOf(given: readonly BackendTiming[] = []): readonly BackendTiming[] {
  if (Array.isArray(given)) return given;
  throw invalid("timings", given, "a list");
}

/** The signal of a call that has no other options on this side. */
export function checkCall(given: CallOptions): AbortSignal | undefined {
  return signalOf(known(given, ["signal"]).signal);
}

/** The signal of a call and the callback for its progress, where it has no other options on this side. */
export function checkProgress<P>(given: {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: P) => void) | undefined;
}) {
  const { signal, onProgress } = known(given, ["signal", "onProgress"]);
  return { signal: signalOf(signal), onProgress: callback("onProgress", onProgress) };
}

/** The options of a call that loads a model from this source; its revision is looked at with the source itself. */
export function checkLoad(given: LoadOptions, source: unknown) {
  const {
    variant,
    size,
    revision,
    fetch = fetchAnswered,
    ...o
  } = known(given, ["variant", "size", "revision", "fetch", "signal", "onProgress"]);
  const isName = typeof variant === "string" && /^[\w.-]{1,100}$/.test(variant);
  if (variant !== undefined && variant !== null && !isName) {
    throw invalid("variant", variant, 'a name as "fp16", or null for the weights without one');
  }
  const isFolder = (source instanceof URL || typeof source === "string") && fileIn(source) === undefined;
  if (variant !== undefined && !isFolder) throw onlyWith("variant", variant, "the address of a folder");
  if (typeof fetch !== "function") throw invalid("fetch", fetch, "a function");
  return { ...checkProgress(o), variant, size: sizeOf(size), revision, fetch };
}

/** What takes the place of `sample_size`; whether it fits the network is the engine's to say. */
function sizeOf(size: LoadOptions["size"]): LoadOptions["size"] {
  const sides = Array.isArray(size) ? size : [size, size];
  const isSide = (side: unknown) => Number.isInteger(side) && Number(side) >= 1 && Number(side) <= LONGEST_SIDE;
  if (size === undefined || (sides.length === 2 && sides.every(isSide))) return size;
  throw invalid("size", size, `an integer from 1 to ${LONGEST_SIDE}, or [height, width]`);
}

/** Files as they are given: the weights may be in several. */
type GivenFiles = Omit<FilesMessage, "weights"> & { weights: FilesMessage["weights"] | Shard[] };

/** A source of a model: the folders that its address stands for, or its files. */
export function checkSource(source: unknown, revision: string | undefined): URL[] | GivenFiles {
  if (source instanceof URL || typeof source === "string") return modelFolders(source, revision);
  if (!isObject(source)) throw invalid("source", source, "an address or the model's files");
  if (revision !== undefined) throw invalid("revision", revision, ONLY_ON_HUB);
  const { config, weights, index, scheduler, ...others }: Partial<GivenFiles> & { index?: unknown } = known(
    source,
    FILES,
  );
  if (!isObject(config)) throw invalid("source.config", config, "the object of config.json");
  checkPipeline({ index });
  return {
    ...sendable(others, "source."),
    ...(isObject(scheduler)
      ? { scheduler: sendable(scheduler, "source.scheduler.") }
      : sendable({ scheduler }, "source.")),
    config: sendable(config, "source.config."),
    weights: weightsOf(weights),
  };
}

/** The weights: a file, or several. */
function weightsOf(weights: unknown): GivenFiles["weights"] {
  if (!Array.isArray(weights)) return contentOf("source.weights", weights);
  if (weights.length === 0) throw invalid("source.weights", weights, "a list of at least one ArrayBuffer or Blob");
  const [only, ...more] = weights.map((file: unknown, index) => {
    const place = `source.weights[${index}]`;
    return { name: file instanceof File ? file.name : place, content: contentOf(place, file) };
  });
  return only && more.length === 0 ? only.content : [only, ...more].filter((shard) => shard !== undefined);
}

function contentOf(name: string, file: unknown): ArrayBuffer | Blob {
  // A buffer that was transferred away is empty and cannot be sent; another empty one tells the same story.
  if (file instanceof ArrayBuffer) return file.byteLength === 0 ? new ArrayBuffer(0) : file;
  if (file instanceof Blob) return file;
  throw invalid(
    name,
    file,
    name.endsWith("]") ? "an ArrayBuffer or a Blob" : "an ArrayBuffer, a Blob or a list of these",
  );
}

/** What of a call's options stays here, and what goes to the engine. */
function split({ signal, ...options }: { signal?: AbortSignal }) {
  return { signal: signalOf(signal), options: sendable(options) };
}

/** The same of a run's. */
export function splitSample(given: SampleOptions, seed: number) {
  const { options, own } = splitPotential(checkObject(given));
  return { ...split(options.seeds === undefined ? { ...options, seed } : options), own };
}

/** The same of a run with a denoiser. */
export function splitDenoiser(given: DenoiserOptions, seed: number) {
  const { denoiser, shape, scheduler, meanSqEps, ...rest } = checkObject(given);
  if (typeof denoiser !== "function") throw invalid("denoiser", denoiser, "a function of x and t");
  const schedule = scheduleOf({ scheduler, meanSqEps });
  return { ...splitSample(rest, seed), denoiser, shape: sendableValue("shape", shape) as Shape, schedule };
}

/** A plan's options and the schedule beside them. */
export function splitPlan(given: PlanOptions & ScheduleOptions) {
  const { scheduler, meanSqEps, ...options } = checkObject(given);
  return { options: sendable(options), schedule: scheduleOf({ scheduler, meanSqEps }) };
}

/** The same of `Model.diffuse`'s, with the noise in a copy. */
export function splitDiffuse(given: DiffuseOptions) {
  const { noise, ...o } = checkObject(given);
  // Where it is not floats, the engine says so.
  const copy = noise instanceof Float32Array && noise.length > 0 ? { noise: noise.slice() } : { noise };
  return split({ ...o, ...copy });
}

/** The same of a measurement's. */
export function splitMeasure(given: MeasureOptions) {
  const { onProgress, ...o } = checkObject(given);
  return { ...split(o), onProgress: callback("onProgress", onProgress) };
}

/** What burn is to compute on; undefined: what suits. */
function deviceOf({ backend, device }: CreateOptions): DeviceKind | undefined {
  if (device === undefined) return undefined;
  if (backend !== "burn") throw onlyWith("device", device, 'backend "burn"');
  if (device === "cpu" || device === "webgpu") return device;
  throw invalid("device", device, '"cpu" or "webgpu"');
}

/** How many workers share a batch: as asked, or one for each processor that the browser tells of. */
function workersOf({ backend, workers }: CreateOptions): number {
  if (workers === undefined) return Math.min(cores(), MOST_UNASKED);
  if (backend === "webgpu" || backend === "burn") {
    throw onlyWith("workers", workers, `backend "auto" or "cpu": "${backend}" has one worker`);
  }
  return integer("workers", workers, MOST_WORKERS);
}

function integer(name: string, value: number, most: number, unit = ""): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw invalid(name, value, `an integer from 1 to ${most}${unit}`);
}

/** An option that works only with others than those beside it. */
function onlyWith(name: string, value: unknown, others: string): UnnoiseError {
  return new UnnoiseError(`invalid-${name}`, `\`${name}\` is ${show(value)}; it works only with ${others}`);
}

/** A schedule that can be sent. */
function scheduleOf({ scheduler, meanSqEps }: { scheduler: unknown; meanSqEps: unknown }): ScheduleMessage {
  if (!isObject(scheduler)) throw invalid("scheduler", scheduler, "the object of scheduler_config.json");
  return { scheduler: sendable(scheduler, "scheduler."), meanSqEps: sendableValue("meanSqEps", meanSqEps) };
}

/** A copy of floats, which the caller may change later; not of a buffer that was transferred away, which has none left. */
export function copied(name: string, value: unknown): Float32Array {
  return looking(name, () => {
    if (!(value instanceof Float32Array)) throw invalid(name, value, "a Float32Array");
    if (value.length === 0) throw wrong(name, "empty", "a Float32Array of whole images");
    return value.slice();
  });
}

/** The options, after a check that there are none but these. */
export function known<T extends object>(given: T, allowed: readonly string[]): T {
  const unknown = Object.keys(checkObject(given)).find((name) => !allowed.includes(name));
  if (unknown === undefined) return given;
  const message = `there is no option \`${shortened(unknown)}\`; the options are ${allowed.join(", ")}`;
  throw new UnnoiseError("unknown-option", message);
}

/** Options, after a check that they are an object. */
export function checkObject<T extends object>(given: T): T {
  if (!isObject(given)) throw invalid("options", given, "an object");
  checkFields("options", given);
  return given;
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function signalOf(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal", signal, "an AbortSignal");
  return signal;
}

/** A callback; what it throws is reported as uncaught, and does not end the work. */
function callback<P>(name: string, given: ((value: P) => void) | undefined): (value: P) => void {
  if (given === undefined) return () => {};
  if (typeof given !== "function") throw invalid(name, given, "a function");
  return (value) => {
    try {
      given(value);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
