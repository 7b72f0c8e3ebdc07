/** The plain data of the public API: what goes in and what comes out. No behaviour. */
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
   * Which module to use. Default: "auto", which uses WebGPU on a hardware adapter whose
   * known-answer check passes, and otherwise the CPU. With "webgpu" or "cpu" there is no fallback. "burn" computes
   * the same network with the machine learning library burn, in a larger module (2.0 MB) that nothing else downloads.
   */
  backend?: "auto" | BackendKind;
  /** With "burn": what it computes on, burn-wgpu on WebGPU or burn-flex on the CPU. Default: chosen as "auto" chooses. */
  device?: DeviceKind;
  /**
   * Over how many workers the CPU module spreads a batch of images, an integer from 1 to 32; not with "webgpu" or "burn". The images are
   * bit for bit those of one worker. The other workers start with the first batch of more than one image, and only as many as
   * make it faster. Each needs as much memory as the first: the module's own and the model's. Default:
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
   * With "auto" the CPU is used where WebGPU does not answer. The known-answer check has no limit. Default: 30000.
   */
  startTimeout?: number;
  /** Cancels the start: the call rejects with the signal's reason, and no worker is left. No effect after the start. */
  signal?: AbortSignal;
  /** Called while the module is downloaded. */
  onProgress?: (progress: LoadProgress) => void;
  /** Called after a graphics device was lost, with what computes in its place: `Diffuser.backend` from then on. */
  onBackend?: (backend: Backend) => void;
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

/** Options of `Diffuser.load`. */
export interface LoadOptions {
  /**
   * Which of a folder's weights, as in diffusers' `from_pretrained`: "fp16" for diffusion_pytorch_model.fp16.safetensors, or any other
   * name that stands there; null for the file without one. Default: "fp16" where it is there, else the file without one.
   */
  variant?: string | null;
  /**
   * The images' side in pixels, or [height, width], in place of the config's `sample_size`: integers from 1 to 1024, which can be halved once
   * for each level of the network but the first. A network without one (null) needs it. It was trained on its own size; on another one its
   * pictures are as good as it generalises. Default: `sample_size`.
   */
  size?: number | [height: number, width: number];
  /** Aborts the download; the call then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called while the files are downloaded. */
  onProgress?: (progress: LoadProgress) => void;
  /**
   * Of a model on huggingface.co: the branch, the tag or the commit whose files are loaded, as diffusers' `revision`. With it, `owner/name`
   * is the hub's model and no folder of the page's. Default: the one in the address, or "main".
   */
  revision?: string;
  /**
   * Takes the place of `fetch` for the model's files, also where these are read again (after a lost graphics device, for a training). So
   * an application can keep them; the library itself keeps nothing. Its answers are checked as a server's. What it rejects with is what
   * `load` rejects with; a TypeError means that the server could not be reached. Default: `fetch`, and in Node.js the files of `file:`
   * addresses.
   */
  fetch?: (address: URL, request: RequestInit) => Promise<Response>;
}

/** A model in memory, for checkpoints that do not come from a folder: a file picker, a database. */
export interface ModelFiles {
  /** The content of unet/config.json. */
  config: object;
  /**
   * The content of a safetensors file (f32, f16 or bf16), or of one that torch.save wrote (these or f64; see docs/models.md); or of
   * several safetensors files that have the weights together. A buffer is copied, never detached. It is kept as it is for as long as
   * the model, which is made of it again where a device is lost, or to be trained; a Blob can stay on disk.
   */
  weights: ArrayBuffer | Blob | (ArrayBuffer | Blob)[];
  /** The content of scheduler_config.json. Default: diffusers' `DDPMScheduler` with all its defaults. */
  scheduler?: object;
  /** Names of the classes, in the order of their indices. */
  labels?: string[];
  /** The content of analytic_dpm.json: what `Model.estimateAnalytic` gave. */
  analytic?: AnalyticTable;
  /** The content of vdm.json. Default: no features, and a linear gamma. */
  vdm?: VdmFile;
  /** The content of model_index.json: a pipeline that draws no pictures by itself is refused by it. Default: nothing is known of one. */
  index?: object;
}

/**
 * The content of a vdm.json, which makes a `UNet2DModel` a variational diffusion model (Kingma et al. 2021). The file is unnoise's own.
 * `trainer.save()` gives one where there is something to say.
 */
export interface VdmFile {
  /**
   * [n_min, n_max], integers from -4 to 8: the network takes sin(2^n pi x) and cos(2^n pi x) beside its image x, for every n between
   * (appendix C). Its in_channels are C + 2 C (n_max - n_min + 1) for images of C channels: the image, then the sines of channel 0 for
   * each n, of channel 1, ..., then the cosines in that order. Default: no features.
   */
  fourier?: [first: number, last: number];
  /**
   * gamma = -log SNR at times that lie evenly from 0 (near the data) to 1, straight between them: 2 to 10,001 numbers that rise, within
   * those of the scheduler's first and last timestep. Sampler "vdm" and its bounds go along it (eq. 2 and 3). Default: linear between
   * the scheduler's ends.
   */
  gamma?: number[];
}

/**
 * What Analytic-DPM measures of a network, and the content of an analytic_dpm.json (Bao et al. 2022, eq. 8, without its
 * factor 1 / sigma_n^2).
 *
 * It is measured with the labels of `EstimateOptions`, without guidance. A run uses the one table for every class; with another
 * class the variance is nearly optimal. With guidance the theorem does not hold (the guided noise is no expectation of any data), and
 * the variance is not the optimum.
 */
export interface AnalyticTable {
  /** E ||eps_hat||^2 / d for n from 0 to N: N + 1 numbers of at least 0, index n = timestep + 1. That of the data is 0. */
  mean_sq_eps: number[];
}

/** Facts about a loaded model. */
export interface ModelInfo {
  /** One image. */
  shape: [channels: number, height: number, width: number];
  /** Count of the network's weights. */
  parameters: number;
  /** Names of the classes, where the folder has a labels.json. */
  labels?: string[];
  /** Count of class embeddings; absent for a model without classes. */
  classes?: number;
  /** Index of the label named "no class", which the model was trained with in place of a hidden class. */
  noClass?: number;
  /** Last part of the folder's address, or the model's name on huggingface.co; absent for a model that came as files. */
  name?: string;
  /** The address of the folder that it was loaded from, with a slash at its end; absent for a model that came as files. */
  folder?: string;
  /**
   * The noise schedule that the model was trained with: its file, less the keys that its `_class_name` does not have, and with the
   * defaults of that class where they are not those of `DDPMScheduler`.
   */
  scheduler: SchedulerConfig;
  /** Assumptions made while loading, which can change the pictures; often empty. */
  warnings: ModelWarning[];
  /**
   * SHA-256 of the weights' file, 64 lower-case hex digits: which checkpoint this is. Absent where the page is not secure (neither
   * https nor localhost), because browsers offer no hash there.
   */
  hash?: string;
  /** What makes it a variational diffusion model: absent where it is none. */
  vdm?: VdmFile;
  /** Whether the model has its Analytic-DPM table: from its analytic_dpm.json, or from `Model.estimateAnalytic`. */
  hasAnalytic: boolean;
}

/** A warning about a model that could be loaded. */
export interface ModelWarning {
  /**
   * Stable name: "scheduler-missing" (diffusers' defaults are taken), "scheduler-class" (its sampler is none of unnoise's),
   * "scheduler-elsewhere" (that of the folder around it was taken), "weights-choice" (which of two sets of weights was taken).
   */
  code: string;
  /** A sentence, without its full stop. */
  message: string;
}

/**
 * The JSON of diffusers' scheduler_config.json. An absent field takes the default of the file's `_class_name`, of `DDPMScheduler`
 * where there is none. Classes with another forward process (consistency, EDM, score SDEs, flow matching) are the error
 * "config-unsupported"; those that share DDPM's but have another sampler give the warning "scheduler-class". A field with no meaning
 * for sampling is ignored; one that asks for something that is not computed is the error "config-unsupported".
 */
export interface SchedulerConfig {
  /** N, the count of training timesteps; default 1000. */
  num_train_timesteps?: number;
  /** First variance beta of the forward process; default 0.0001. */
  beta_start?: number;
  /** Last variance beta; default 0.02. */
  beta_end?: number;
  /** How beta goes from the first to the last; default "linear". */
  beta_schedule?: "linear" | "scaled_linear" | "squaredcos_cap_v2" | "sigmoid" | "laplace";
  /** What the network predicts; default "epsilon" (Ho et al. 2020, eq. 11). "v_prediction": Salimans and Ho 2022, eq. 9. */
  prediction_type?: "epsilon" | "v_prediction" | "sample";
  /** Whether the predicted image is clamped; default true. */
  clip_sample?: boolean;
  /** Bound of that clamp; default 1. */
  clip_sample_range?: number;
  /**
   * Which of the two variances of Ho et al. 2020, section 3.2, DDPM takes; or, where the network has twice as many output channels as the
   * images, "learned_range" (Nichol and Dhariwal 2021, eq. 15) or "learned", the variance itself. Default: "fixed_small".
   */
  variance_type?: string;
  /**
   * Whether the betas are rescaled so that no signal is left at the last timestep (Lin et al. 2024, algorithm 1); only where the network
   * predicts v or the sample. Default: false.
   */
  rescale_betas_zero_snr?: boolean;
  /** Of `DDIMScheduler`: whether DDIM's last step leads to the data; else to the first timestep. Default: true. */
  set_alpha_to_one?: boolean;
  /** diffusers' further fields. */
  [field: string]: unknown;
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
