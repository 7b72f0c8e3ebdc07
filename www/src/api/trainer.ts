/** The plain data of `Diffuser.train`, and the trainer that it gives. No behaviour. */

import type { ModelFiles, SchedulerConfig } from "../checkpoint.ts";
import type { Backend, DeviceKind, LoadProgress } from "../types.ts";
import type { Model } from "./model.ts";

/** What is learnt: points of the plane, or images. */
export type TrainData = TrainPoints | TrainImages;

/** Points of the plane. */
export interface TrainPoints {
  /** The points, 1 to 100000 of them, two floats each. A variance of about 1 suits the schedules. */
  points: Float32Array;
}

/** Images of one size. */
export interface TrainImages {
  /**
   * count * channels * height * width floats in [-1, 1], one image after the other, channel by channel, as `fitPicture` makes them; 1 to
   * 100000 images.
   */
  images: Float32Array;
  /**
   * One image: 1 to 4 channels, and sides of 4 to 64 pixels, which can be halved once for each level of the network but the first: the
   * default one takes multiples of 4.
   */
  shape: [channels: number, height: number, width: number];
  /** The class of each image, an integer from 0; as many as there are images. Default: the images have no classes. */
  labels?: number[];
}

/**
 * What is minimised. All but the last have the same minimum, the conditional expectation, and weigh the noise levels differently. Below,
 * eps_hat is the noise that follows from what the network predicts.
 *
 * - "l_simple": (prediction - target)^2 at a random timestep (Ho et al. 2020, eq. 14).
 * - "l_vlb": the variational bound, N beta_t^2 / (2 sigma_t^2 alpha_t (1 - alpha_bar_t)) (eps - eps_hat)^2 (Ho et al. 2020, eq. 12).
 * - "l_hybrid": "l_simple" + 0.001 times the bound, in which the variance alone learns (Nichol and Dhariwal 2021, eq. 16). The network
 *   predicts it behind its prediction, for every element: its outputs are twice as many, and the scheduler's `variance_type` is
 *   "learned_range".
 * - "k_2015": the same as "l_vlb" without the step into the data; the bound K itself is `TrainReport.terms.kBitsPerDim` (Sohl-Dickstein et al.
 *   2015, eq. 14).
 * - "j_sigma": the bound of DDIM's process, whose sigma_t^2 is eta^2 beta-tilde_t (Song et al. 2020, eq. 11).
 * - "vdm_discrete": the bound of T = `times` steps, T / 2 (exp(gamma_t - gamma_s) - 1) (eps - eps_hat)^2 (Kingma et al. 2021, eq. 14).
 * - "vdm_continuous": that of infinitely many steps, gamma'(t) / 2 (eps - eps_hat)^2 (Kingma et al. 2021, eq. 17). Its mean depends on
 *   gamma's ends alone.
 * - "vdm_weighted": the same times w(SNR) of `weighting` (Kingma et al. 2021, eq. 19).
 */
export type Objective =
  | "l_simple"
  | "l_vlb"
  | "l_hybrid"
  | "k_2015"
  | "j_sigma"
  | "vdm_discrete"
  | "vdm_continuous"
  | "vdm_weighted";

/** Options of `Diffuser.train`. All optional. One that belongs to another objective is an error. */
export interface TrainOptions {
  /** What is minimised. Default: "l_simple". */
  objective?: Objective;
  /**
   * What the network predicts: the noise, the data, v (Salimans and Ho 2022, appendix D), or, of points only, mu, the mean of
   * q(x_{t-1} | x_t, x_0) (Ho et al. 2020, eq. 8). Not with `from`. Default: the `prediction_type` of `scheduler`.
   */
  prediction?: "epsilon" | "sample" | "v_prediction" | "mu";
  /**
   * Of "l_vlb": sigma_t^2 is beta-tilde_t ("small"), beta_t ("large"), or "learned" between the two, as with "l_hybrid" but by the bound
   * alone (Ho et al. 2020, section 3.2 and table 2). Default: "small".
   */
  variance?: "small" | "large" | "learned";
  /**
   * Of "k_2015": whether the betas stay those of `scheduler`, or are "learned" with the network, all but the first (Sohl-Dickstein et al.
   * 2015, section 2.4.1). It takes a scheduler of few timesteps, as the paper's 40, to matter. `TrainReport.betas` tells them, and
   * `Trainer.info.scheduler` has them as `trained_betas`. Default: "fixed".
   */
  betas?: "fixed" | "learned";
  /** Of "j_sigma": DDIM's eta, from 0.01 to 1 (Song et al. 2020, eq. 16); at 0 the weights are infinite. Default: 1. */
  eta?: number;
  /** Of "vdm_discrete": T, the count of steps, an integer from 1 to 100000. Default: 1000. */
  times?: number;
  /**
   * Of "vdm_weighted": w(SNR). "uniform": 1, the bound. "snr": SNR. "min-snr": min(1, `minSnrGamma` / SNR) (Hang et al. 2023). Or 1
   * to 1000 pairs [log SNR, weight], log SNRs rising: linear between them, constant outside. Default: "min-snr".
   */
  weighting?: "uniform" | "snr" | "min-snr" | [logSnr: number, weight: number][];
  /** Of the weighting "min-snr": the signal-to-noise ratio above which the weight falls, from 0.001 to 1000000. Default: 5. */
  minSnrGamma?: number;
  /**
   * Of "vdm_continuous" and "vdm_weighted": how gamma(t) = -log SNR rises between the ends of the schedule. "linear": evenly.
   * "learned": by a monotone network that makes the loss vary less (Kingma et al. 2021, appendices H and I.2); `TrainReport.gamma`
   * tells it. Default: "linear".
   */
  gamma?: "linear" | "learned";
  /**
   * Of "vdm_continuous" with images: whether gamma(0) and gamma(1) stay those of `scheduler`, or are "learned" between them: the one by the
   * reconstruction of the grey values, the other by the prior (Kingma et al. 2021, section 4.2). Default: "fixed".
   */
  gammaEnds?: "fixed" | "learned";
  /**
   * The forward process, as in a scheduler_config.json. Not with `from`. Default: 1000 timesteps, "squaredcos_cap_v2", and the
   * `prediction_type` "v_prediction".
   */
  scheduler?: SchedulerConfig;
  /**
   * The network. For points: `layers`, the count of hidden layers, 1 to 8; `width`, 8 to 1024; and `fourier`, [n_min, n_max] from -4 to
   * 8 or [] for none, which adds the features sin(2^n pi x) and cos(2^n pi x) (Kingma et al. 2021, appendix C). For images: the content of a
   * `UNet2DModel`'s config.json, of which what is absent has defaults for their size; and `fourier` as for points, after which
   * `in_channels` counts the features too, and `save()` gives a vdm.json. Not with `from`. Default: for points 3 layers of 128 with [-1, 1]; for
   * images levels of 16, 32 and 32 channels without features.
   */
  network?: object;
  /**
   * A model whose weights, config, schedule and classes the training begins with, to fine-tune it on images of its shape. Labels that it
   * does not know become classes of its own. The files that it was loaded from are read once more. Default: new weights, drawn from `seed`.
   */
  from?: Model;
  /**
   * How many classes the network tells apart, an integer from 1 to 100000; only with labels, and not with `from`. It has one more class
   * embedding, for "no class". Default: the largest label + 1.
   */
  classes?: number;
  /** Points or images per step, an integer from 1 to 4096; what memory does not hold is "invalid-batch". Default: 256 points, 16 images. */
  batch?: number;
  /** Learning rate of AdamW, from 0.0000001 to 1. Default: 0.005 for points, 0.003 for images, 0.0003 with `from`. */
  learningRate?: number;
  /** Over how many steps the rate rises from 0, an integer from 0 to 10000000. Default: 50. */
  warmup?: number;
  /** Over how many steps after that the rate falls to 0 along a cosine, an integer from 1 to 10000000. Default: it does not fall. */
  decaySteps?: number;
  /** Weight decay of AdamW, from 0 to 1. Default: 0. */
  weightDecay?: number;
  /** The largest length of the gradient over all parameters, from 0.000001 to 1000000000: a longer one is scaled down. Default: 1. */
  clipNorm?: number;
  /**
   * Decay of the averaged weights per step, from 0 to 0.99999; in the first steps it is at most (1 + step) / (10 + step). The averages
   * are what `predict`, `model` and `save` give. Default: 0.999.
   */
  ema?: number;
  /**
   * The share of labels that is replaced by "no class" in training, from 0 to 1, for guidance (Ho and Salimans 2022). Only of a network
   * with classes. Default: 0.1.
   */
  classDropout?: number;
  /** Whether each image is mirrored left to right with probability one half; not with points. Default: false. */
  flip?: boolean;
  /**
   * Whether the times of a batch are spread evenly over all of them, from one random start (Kingma et al. 2021, appendix I.1), which
   * lowers the variance of the loss; else each is drawn by itself. Default: true.
   */
  antithetic?: boolean;
  /** Start of the random numbers, an integer from 0 to 2^53 - 1. The same seed, data and options give the same weights. Default: 0. */
  seed?: number;
  /** What `Trainer.state` gave: the training goes on from there. Data and options must be those of that training. Default: none. */
  state?: Blob;
  /** What computes: burn-flex on the CPU, or burn-wgpu on WebGPU. Default: "cpu". */
  device?: DeviceKind;
  /** Ends the training: what is pending and what comes later rejects with the signal's reason, and the worker is freed. */
  signal?: AbortSignal;
  /** Called while the module is downloaded. */
  onProgress?: (progress: LoadProgress) => void;
}

/** What a trainer tells of the steps since its last report. */
export interface TrainReport {
  /** How many steps of the optimiser are done. */
  step: number;
  /** The loss that is minimised, the mean over these steps. */
  loss: number;
  /** The loss of each of these steps, in their order. */
  losses: number[];
  /**
   * What was measured on the way, as means over these steps: `mse`, the squared error of what is predicted; `variance`, of the weighted
   * errors over the batch; `gradientNorm`, the gradient's length before it is clipped; `bitsPerDim`, the loss in bits per dimension where
   * it is a bound, and with "l_hybrid" the bound; `kBitsPerDim`, with "k_2015".
   */
  terms: Record<string, number>;
  /** Gamma at 33 times from 0 to 1, evenly spaced, after the last step; only where it is learned. */
  gamma?: Float32Array;
  /** The betas after the last step, one per training timestep; only where they are learned. */
  betas?: Float64Array;
  /** The learning rate of the last step. */
  learningRate: number;
  /** Milliseconds per step. */
  ms: number;
}

/** What a trainer trains. */
export interface TrainerInfo {
  /** Count of the network's weights. */
  parameters: number;
  /** One image; of points [2, 1, 1]. */
  shape: [channels: number, height: number, width: number];
  /** The forward process and what the network predicts, as `ScheduleOptions.scheduler` takes them; learned betas of the last report. */
  scheduler: SchedulerConfig;
  /** How many steps were done when it began: more than 0 with `TrainOptions.state`. */
  step: number;
  /** What computes. */
  backend: Backend;
}

/** A trained network as files. */
export interface TrainedFiles extends ModelFiles {
  /** A safetensors file of f32. */
  weights: Blob;
}

/**
 * A training, in a worker of its own; made by `Diffuser.train`. Iterating trains: each report is of the steps that fit into 30 ms, at
 * least one, and between two reports nothing runs. Leaving the loop pauses the training, a new loop goes on. It has no end of its own; `steps` has.
 *
 * A loss that is no number rejects with "training-diverged", and the weights stay those before the step. Where the graphics device is
 * lost, all calls reject with "device" from then on; a new training goes on from the last `state()`. The worker is freed by
 * `dispose`, by the signal, with its Diffuser, or when nothing refers to the trainer any more.
 */
export interface Trainer extends AsyncIterable<TrainReport> {
  /** What is trained, and what computes. */
  readonly info: TrainerInfo;
  /** Every loop has an iterator of its own, and all train the same network. `next()` trains; calls of it queue. */
  [Symbol.asyncIterator](): AsyncIterableIterator<TrainReport>;
  /**
   * Trains so many more steps and ends: a loop as above, whose last report is cut short where more steps would fit.
   *
   * @param count An integer of at least 1.
   * @throws UnnoiseError "invalid-count".
   */
  steps(count: number): AsyncIterableIterator<TrainReport>;
  /**
   * What the averaged network predicts, as `info.scheduler.prediction_type` says: a denoiser for `Diffuser.sample`, for points with the
   * shape [count, 2, 1, 1]. It can be asked while a loop runs.
   *
   * @param x Noisy points or images, as many floats as a multiple of one.
   * @param t The training timestep, from 0 to N - 1, not only an integer: one for all, or one for each.
   * @param labels The class of each image, or one for all of them. Default: "no class".
   * @returns As many floats as x has.
   * @throws UnnoiseError "invalid-x", "invalid-t", "invalid-labels"; "disposed".
   */
  predict(x: Float32Array, t: number | number[], labels?: number[]): Promise<Float32Array>;
  /**
   * The averaged network as it is now, loaded in the Diffuser that made the trainer: it samples with every sampler, and later steps do
   * not change it.
   *
   * @throws UnnoiseError "invalid-data" for points, of which there is no model; "disposed".
   */
  model(): Promise<Model>;
  /**
   * The averaged network as it is now, as `Diffuser.load` takes it: what a diffusers folder holds, the weights as f32 safetensors
   * in a Blob.
   *
   * @throws UnnoiseError "invalid-data" for points, of which there is no model; "disposed".
   */
  save(): Promise<TrainedFiles>;
  /**
   * All that the training needs to go on to the last bit, for `TrainOptions.state`: weights, averages, the optimiser's moments, the
   * step.
   *
   * @throws UnnoiseError "disposed".
   */
  state(): Promise<Blob>;
  /** Frees its worker; pending and later calls reject with "disposed". */
  dispose(): void;
}
