/** The plain data of the public API: what goes in and what comes out. No behaviour. */

import type { SchedulerConfig } from "./checkpoint.ts";
import type { Potential, PotentialFunction } from "./editing.ts";
import type { PlanOptions } from "./plan.ts";

/** Images of a batch, their channels and their size. An image is `channels * height * width` floats, row by row. */
export type Shape = [batch: number, channels: number, height: number, width: number];

/** Which module computes: kernels of our own on WebGPU or on the CPU, or burn on either. */
export type BackendKind = "webgpu" | "cpu" | "burn";

/** What a module computes on. */
export type DeviceKind = "cpu" | "webgpu";

/** A module, and what it computes on. */
export interface Target {
  /** The module. */
  kind: BackendKind;
  /** What it computes on. */
  device: DeviceKind;
}

/** The back end that was chosen, and why. */
export interface Backend extends Target {
  /** What it runs on: "WebAssembly SIMD128", with ", fused multiply-add" where the browser has that, or the graphics adapter's own description. */
  adapter: string;
  /** Why this one, as an English phrase: "asked for", "no WebGPU here", "opened anew: the graphics device was lost". */
  reason: string;
  /** Over how many workers a batch of images is spread; 1 with WebGPU and with burn. */
  workers: number;
  /** With "auto": the newest measurement, which the choice follows; absent before the first. */
  timing?: BackendTiming;
}

/** How long one prediction of a batch takes on the CPU and on WebGPU, as "auto" has measured it: see `CreateOptions.timings`. */
export interface BackendTiming {
  /** The model: the SHA-256 of its weights, or their count where the browser gives no hash. */
  model: string;
  /** The graphics adapter's own description. */
  adapter: string;
  /** Images of the batch. */
  images: number;
  /** Milliseconds on the CPU, the median of up to five; null as below. */
  cpu: number | null;
  /**
   * The same on WebGPU. Null where it was given up as too slow: its first prediction was not there within a third of `startTimeout`, or a later one took more
   * than a second and more than twice as long as on the other back end.
   */
  webgpu: number | null;
}

/** Progress of a download. */
export interface LoadProgress {
  /** The file, relative to the folder it comes from: "unet/config.json". */
  file: string;
  /** Bytes that have arrived, after decompression. */
  loaded: number;
  /** Bytes there are; absent where the server does not say or sends the file compressed. */
  total?: number;
}

/** Options of `Diffuser.create`. */
export interface CreateOptions {
  /**
   * Which module to use. Default: "auto", which starts on the CPU. After a run or a prediction, once nothing is asked for a third of a second and no run is
   * open, it opens WebGPU, times the same prediction on both, and keeps the faster one for what comes next: see `Backend.timing` and
   * `onBackend`. A run ends where it began, and the images are those of the other one within one grey level. Another model or size of
   * batch is measured in its turn. Under data saver, and where WebGPU fails, it stays on the CPU. With "webgpu" or "cpu" there is no
   * fallback. "burn" computes the same network with the machine learning library burn, in a larger module (2.0 MB) that nothing else
   * downloads.
   */
  backend?: "auto" | BackendKind;
  /** With "burn": what it computes on, burn-wgpu on WebGPU or burn-flex on the CPU. Default: WebGPU on a hardware adapter, otherwise the CPU. */
  device?: DeviceKind;
  /**
   * Over how many workers the CPU module spreads a batch of images, an integer from 1 to 32; not with "webgpu" or "burn". The images are
   * bit for bit those of one worker. The other workers start with the first batch of more than one image, and only as many as
   * make it faster. Each needs as much memory as the first: the module's own and the model's. A large model has fewer of them: its
   * copies take a quarter of the machine's memory where the browser tells it, and at most 2 GB. Default:
   * `navigator.hardwareConcurrency`, at most 8.
   */
  workers?: number;
  /**
   * The folder of worker.js, cpu/, webgpu/ and burn/, where they are not beside this module, for example on another server. Another
   * origin must allow this one (CORS). Vite and webpack find these files by themselves. Default: the files beside this module.
   */
  assets?: string | URL;
  /**
   * How long worker.js, the glue script, the module or the graphics device may take to answer before the start fails with
   * "start-timeout", in milliseconds, an integer from 1 to 2147483647. Each part of the module that arrives restarts the count.
   * With "auto" the CPU stays where WebGPU does not answer, or has not made its first prediction within a third of it. The known-answer check has no limit. Default: 30000.
   */
  startTimeout?: number;
  /** Cancels the start: the call rejects with the signal's reason, and no worker is left. No effect after the start. */
  signal?: AbortSignal;
  /** Called while the module is downloaded. */
  onProgress?: (progress: LoadProgress) => void;
  /** Called after a measurement of "auto" and after a graphics device was lost, with what computes: `Diffuser.backend` from then on. */
  onBackend?: (backend: Backend) => void;
  /**
   * What `Backend.timing` gave on earlier visits to this machine: "auto" does not measure again what stands here for the same model,
   * adapter and power of two of images, and opens the faster one after the first work with it. What is no measurement is passed over.
   * Default: none.
   */
  timings?: readonly BackendTiming[];
}

/** Options of calls that have no others. */
export interface CallOptions {
  /** Cancels the call: it rejects with the signal's reason at once. The worker finishes what it is computing. */
  signal?: AbortSignal;
}

/** Options of `Model.diffuse`. */
export interface DiffuseOptions extends CallOptions {
  /** Start of the random numbers, as `SampleOptions.seed`; not together with `noise`. Default: 0. */
  seed?: number;
  /** How the seed becomes noise, as `SampleOptions.rng`; not together with `noise`. Default: "philox". */
  rng?: "philox" | "torch";
  /** The noise eps, as many floats as x has. Default: that of `seed`, which `noise(seed, [batch, C, H, W], rng)` gives too. */
  noise?: Float32Array;
}

/**
 * Images between seeds. Each lies between two corners or among four; corner A is `SampleOptions.seed`. x_T and the noise of
 * every step go along the arc between the corners' noises, as `slerp` does, so that all frames look like samples: Song et al. 2020
 * (DDIM), section 5.3 and eq. 67, where a step adds no noise. A corner's noise is that of the single image of its seed, which the
 * ends of the way give to the last bit on the CPU.
 */
export interface Blend {
  /** The seeds of the other corners: [B] or [B, C, D], each an integer from 0 to 2^53 - 1. */
  seeds: number[];
  /**
   * One entry per image, 1 to 4096 of them: with two corners a fraction from 0 (A) to 1 (B); with four [u, v], which is the point
   * v of the arc from the point u between A and B to the point u between C and D.
   */
  at: (number | [u: number, v: number])[];
  /**
   * The class of each corner, as many as there are corners; not beside `SampleOptions.labels`, and not with a denoiser. The class
   * embedding is interpolated along straight lines. Default: no classes of their own, but `SampleOptions.labels`.
   */
  labels?: number[];
}

/** How a run samples. All optional. */
export interface SampleOptions extends PlanOptions {
  /** Start of the random numbers, an integer from 0 to 2^53 - 1. Default: 32 random bits, told by `Run.seed`. */
  seed?: number;
  /**
   * One seed per image, 1 to 4096 of them, each as `seed`: image k is to the last bit the single image of `seeds[k]`, x_T and the
   * noise of every step, with both generators (diffusers: a list of generators). A `batch` or a denoiser's shape must say as many
   * images; not together with `seed`, `first`, `blend` or `branch` ("invalid-seeds"). Default: all images come from `seed`.
   */
  seeds?: number[];
  /**
   * Which images of the batch that `seed` makes: the run's are image `first`, `first` + 1, ..., counted from 0, each to the last
   * bit as in that batch. `[k, n]` says as well that the batch has n images, at most 4096. With rng "torch" only this form is allowed,
   * because one stream runs over the whole batch: image 5 of 16 and image 5 of 8 get other numbers. Such a run draws the noise of
   * all n images, and predicts only its own. `labels` and `noise` are those of the run's own images. Not together with `seeds` or `blend`
   * ("invalid-first"). Default: 0, and the batch is the run's.
   */
  first?: number | [image: number, of: number];
  /**
   * Which random numbers. "philox": counter-based, keyed by seed, image and step, the same on every machine; image k does
   * not depend on the size of the batch. "torch": the numbers of PyTorch's CPU generator in the order diffusers draws them; a
   * CUDA generator draws others. As in PyTorch, only the low 32 bits of a "torch" seed count: 2^32 is 0. Default: "philox".
   */
  rng?: "philox" | "torch";
  /**
   * Count of images, from 1 to 4096. Default: 1; with a denoiser, as the shape says; with `seeds`, their count; with `blend` or `start.at`,
   * the length of `at`.
   */
  batch?: number;
  /** The class of each image, or one for all of them; not with a denoiser. Default: the model's "no class". */
  labels?: number[];
  /**
   * Weight of classifier-free guidance, from 0 to 100: none + weight * (class - none), which is Ho and Salimans 2022, eq. 6,
   * at w = weight - 1. 1 is off, anything else doubles the cost; not with a denoiser. Default: 1.
   */
  guidance?: number;
  /** The start x_T, batch * channels * height * width floats, for example from `slerp`. Default: drawn from the seed. */
  noise?: Float32Array;
  /**
   * Images between two or four seeds: not together with `noise` or `branch`; a `batch` or a denoiser's shape must say as many
   * images ("invalid-blend"). Default: none.
   */
  blend?: Blend;
  /**
   * How many steps the images have in common, from 0, x_T alone, to the count of steps: they share x_T and the noise of the first
   * `branch` steps, those of the first image, and part after them (Ho et al. 2020, section 4.3 and figure 7). The first image is
   * that of the plain run. Where the sampler adds no noise, the images do not part. A given `noise` is used as it is. Only with rng
   * "philox" ("invalid-branch"). Default: the images have nothing in common.
   */
  branch?: number;
  /** A smooth function r of the image, or one of your own by itself: the run samples q(x) r(x). Default: none. */
  potential?: Potential | PotentialFunction;
  /** Cancels the run: pending calls reject with the signal's reason, within one step. */
  signal?: AbortSignal;
}

/**
 * A network of your own, as a function of the noisy images and of the timestep.
 *
 * @param x The noisy images x_t, batch * channels * height * width floats. The array is yours to keep or to change.
 * @param t The training timestep, from 0 (diffused once) to N - 1; with sampler "vdm" it can be fractional.
 * @returns As many floats: what the scheduler config's `prediction_type` says, by default the noise eps. Where its `variance_type` is
 * "learned_range" or "learned", twice as many: of every image first the prediction, then what the variance is.
 */
export type Denoiser = (x: Float32Array, t: number) => Float32Array | Promise<Float32Array>;

/** The noise schedule of your own denoiser, in place of a loaded model's. */
export interface ScheduleOptions {
  /** The noise schedule that the denoiser was made for. */
  scheduler: SchedulerConfig;
  /**
   * The denoiser's `AnalyticTable.mean_sq_eps`, N + 1 numbers: for the analytic samplers and the trajectory "optimal", which
   * need it.
   */
  meanSqEps?: number[];
}

/** Options of `Diffuser.sample`. */
export interface DenoiserOptions extends SampleOptions, ScheduleOptions {
  /** Called once per step, on the caller's thread. */
  denoiser: Denoiser;
  /** The images to sample. */
  shape: Shape;
}
