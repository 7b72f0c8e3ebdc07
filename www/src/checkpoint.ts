/** A model's files, how they are loaded, and what is known of a model. */

import type { PlanOptions } from "./plan.ts";
import type { LoadProgress, SampleOptions } from "./types.ts";

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
   * several files of either kind that have the weights together. A buffer is copied, never detached. It is kept as it is for as long as
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
  /** The content of defaults.json. Default: nothing is known of what suits the model. */
  defaults?: RunDefaults;
  /** The content of model_index.json: a pipeline that draws no pictures by itself is refused by it. Default: nothing is known of one. */
  index?: object;
}

/**
 * The content of a defaults.json: the options of a run that suit the model. The file is unnoise's own. The page and the element take them
 * where nothing else is asked for; the library's own `sample` and `plan` do not, so that their defaults are the same for every model.
 */
export type RunDefaults = Pick<
  PlanOptions,
  "sampler" | "variance" | "eta" | "steps" | "trajectory" | "clip" | "sigmaClip"
> &
  Pick<SampleOptions, "guidance">;

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
  /** Count of the channels that the network takes its class as, behind the image's; absent where it takes none so. */
  classChannels?: number;
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
  /** The class of its scheduler's file, where that is a sampler of another family, and the sampler here that is nearest to it. */
  madeFor?: { scheduler: string; nearest: "ddim" | "ddpm" };
  /** Assumptions made while loading, which can change the pictures; often empty. */
  warnings: ModelWarning[];
  /** SHA-256 of the weights' file, 64 lower-case hex digits: which checkpoint this is. */
  hash: string;
  /** What makes it a variational diffusion model: absent where it is none. */
  vdm?: VdmFile;
  /** What its defaults.json says; absent where it has none, or one that asks for the Analytic-DPM table, which the model lacks. */
  defaults?: RunDefaults;
  /** Whether the model has its Analytic-DPM table: from its analytic_dpm.json, or from `Model.estimateAnalytic`. */
  hasAnalytic: boolean;
}

/** A warning about a model that could be loaded. */
export interface ModelWarning {
  /**
   * Stable name: "scheduler-missing" (diffusers' defaults are taken), "scheduler-class" (its sampler is none of unnoise's),
   * "scheduler-elsewhere" (that of the folder around it was taken), "weights-choice" (which of two sets of weights was taken),
   * "defaults-unused" (defaults.json asks for the Analytic-DPM table, and there is none).
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
  beta_schedule?: "linear" | "scaled_linear" | "squaredcos_cap_v2" | "sigmoid" | "laplace" | "exp";
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
  /** The list of timesteps of a run that names none; default "leading". */
  timestep_spacing?: "leading" | "trailing" | "linspace";
  /** Of `DDIMScheduler`: whether DDIM's last step leads to the data; else to the first timestep. Default: true. */
  set_alpha_to_one?: boolean;
  /** diffusers' further fields. */
  [field: string]: unknown;
}
