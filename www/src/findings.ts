/** The plain data of `Model.encode`, `Model.likelihood` and `Model.estimateAnalytic`. No behaviour. */

import type { AnalyticTable } from "./checkpoint.ts";
import type { Trajectory } from "./plan.ts";

/** Options that the three share. Each calls the network once per step, on all images. All optional. */
export interface MeasureOptions {
  /** The class of each image, or one for all of them. Default: the model's "no class". */
  labels?: number[];
  /** Cancels the call, which rejects with the signal's reason within one step. */
  signal?: AbortSignal;
  /** Called before the first step and after each step, with the fraction that is done: from 0 to 1. */
  onProgress?: (fraction: number) => void;
}

/** Options of `Model.encode`. All optional. */
export interface EncodeOptions extends MeasureOptions {
  /** Count of steps, as `PlanOptions.steps`. Default: 50, or all N if fewer, or the length of `trajectory`. */
  steps?: number;
  /** The timesteps, in the order of the run that decodes. Default: as in a run. */
  trajectory?: Trajectory;
}

/** Options of `Model.likelihood`. All optional. */
export interface LikelihoodOptions extends MeasureOptions {
  /**
   * The sampler whose bound is computed. "ddpm": Ho et al. 2020, eq. 5. "analytic-ddpm": the same with the optimal variance of Bao et al. 2022, without
   * `sigmaClip`; it needs the table `mean_sq_eps`. "vdm": Kingma et al. 2021, eq. 11 to 18. Default: "ddpm".
   */
  sampler?: "ddpm" | "analytic-ddpm" | "vdm";
  /** DDPM's variance, as `PlanOptions.variance`. */
  variance?: "small" | "large" | "learned";
  /** Count of steps, as `PlanOptions.steps`; with "vdm" up to 100000. Default: all N, or the length of `trajectory`. */
  steps?: number;
  /** The timesteps; not with "vdm", whose levels are evenly spaced in log SNR. Default: "even". */
  trajectory?: Trajectory;
  /**
   * With "vdm" only: whether the bound is that of infinitely many steps (eq. 17), estimated at `steps` times, instead of that
   * of `steps` steps (eq. 14). Default: false.
   */
  continuous?: boolean;
  /** Start of the random numbers, as `SampleOptions.seed`. Default: 0. */
  seed?: number;
}

/** Options of `Model.estimateAnalytic`. All optional. The table holds for the network with these `labels`, without guidance. */
export interface EstimateOptions extends MeasureOptions {
  /** Start of the random numbers, as `SampleOptions.seed`. Default: 0. */
  seed?: number;
}

/**
 * An upper bound on -log p of images with 256 grey values, in bits per dimension: lower is likelier. The terms are means over the
 * images, and sum to `bitsPerDim`.
 */
export interface Likelihood {
  /** `prior`, all `steps` and `decoder` together. */
  bitsPerDim: number;
  /** Standard error of `bitsPerDim` over the images; null for a single one. */
  standardError: number | null;
  /** KL(q(x_T | x_0) || N(0, 1)). */
  prior: number;
  /** One term per step, noisiest first: KL(q(x_s | x_t, x_0) || p(x_s | x_t)), or VDM's diffusion loss. */
  steps: number[];
  /** The training timestep at which each of `steps` was measured; fractional where a level lies between two. */
  timesteps: number[];
  /** The log of the signal-to-noise ratio there, ln(alpha_bar / (1 - alpha_bar)); -Infinity where no signal is left. */
  logSnr: number[];
  /** -log p(x_0 | x_1), the last step's, or VDM's reconstruction loss. */
  decoder: number;
  /** The sum of the terms for each image. */
  images: number[];
  /**
   * The lower bound K on the log likelihood of a model that ends at x_1 (Sohl-Dickstein et al. 2015, eq. 14), in bits per dimension:
   * higher is likelier; null for VDM. It bounds a density of images in [-1, 1], so it cannot be compared with `bitsPerDim`, which
   * belongs to grey values.
   */
  k: number | null;
  /**
   * What K is compared with in their table 1, L_null: the log density of the images under the prior N(0, I), in bits per dimension, on
   * the same scale; null for VDM.
   */
  lNull: number | null;
  /**
   * Lower and upper bound of the differential entropy of each reverse step but the last (Sohl-Dickstein et al. 2015, eq. 24), in
   * bits per dimension on that scale; none for VDM. They are the entropies of DDPM's two variances.
   */
  entropyBounds: [low: number, high: number][];
}

/** @internal What each of the three gives. */
export interface Findings {
  encode: Float32Array;
  likelihood: Likelihood;
  estimateAnalytic: AnalyticTable;
}
