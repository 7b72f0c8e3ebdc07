/** The options that decide a run's steps, and the plan that follows from them. No behaviour. */
import type { Known, Observed, Start } from "./editing.ts";

/**
 * The training timesteps of a run's steps. diffusers' spacings "leading", "trailing" and "linspace". "even": Bao et al. 2022
 * (Analytic-DPM), from 0 to N - 1, rounded half to even; at least 2 steps. "quadratic": Song et al. 2020 (DDIM), appendix D.2,
 * squares up to 0.8 N; equal ones are listed once, so that the list can be shorter than `steps`. "optimal":
 * Analytic-DPM's dynamic programme for the lowest bound, section 4; at least 2 steps, and it needs the table `mean_sq_eps`.
 * Or a list of timesteps, each below the one before.
 */
export type Trajectory = "leading" | "trailing" | "linspace" | "even" | "quadratic" | "optimal" | number[];

/** How a run steps from noise to an image. All optional. */
export interface PlanOptions {
  /**
   * "ddim": Song et al. 2020 (Denoising Diffusion Implicit Models), eq. 12. "ddpm": Ho et al. 2020 (Denoising Diffusion
   * Probabilistic Models), eq. 6 and 7. "analytic-ddpm", "analytic-ddim": the mean of these two with the optimal variance of
   * Bao et al. 2022 (Analytic-DPM), eq. 9, kept within the bounds for data in [-1, 1] (theorem 2); they need the table
   * `mean_sq_eps`, one for all classes, and are optimal without guidance only (see `AnalyticTable`). "vdm": Kingma et al. 2021 (Variational Diffusion Models), eq. 32 to 34, in continuous time.
   * Default: "ddim".
   */
  sampler?: "ddpm" | "ddim" | "analytic-ddpm" | "analytic-ddim" | "vdm";
  /**
   * DDPM's variance, with sampler "ddpm" only: "small" is the posterior's (Ho et al. 2020, eq. 7), "large" is beta (their
   * section 3.2). "learned" is what the network predicts for every pixel, where the `variance_type` is "learned_range" (Nichol and
   * Dhariwal 2021, eq. 15) or "learned"; a plan, which knows no network, has the small one in its place. It does not go with
   * `sigmaClip`, `observed` or `potential`. Default: the scheduler config's `variance_type`.
   */
  variance?: "small" | "large" | "learned";
  /**
   * "diffusers": samplers "ddpm" and "ddim" step as its own loops do. `DDIMScheduler` steps by the constant T / K, which misses the listed
   * timesteps with "linspace", with "trailing" where K does not divide T, and with an offset; `DDPMScheduler` adds noise in the last step where its
   * timestep is not 0. docs/conventions.md says by how much the pictures differ. Default: every step leads to the next listed timestep, and the
   * last one to the data.
   */
  compat?: "diffusers";
  /**
   * DDIM's stochasticity, with samplers "ddim" and "analytic-ddim" only: from 0 to 1 (DDPM), Song et al. 2020, eq. 16. At 0
   * DDIM is a deterministic map; Analytic-DPM adds its own noise to it. Default: 0.
   */
  eta?: number;
  /**
   * Count of steps: from 1, or 2 where the trajectory needs two ends, to the N training timesteps; on VDM's own path to
   * 100000. Default: 50, or all N if fewer, or the length of `trajectory`.
   */
  steps?: number;
  /**
   * The timesteps of the steps. Default: the scheduler config's `timestep_spacing`, or "leading" where it has none.
   * With sampler "vdm" the default is its own path: `steps` levels evenly spaced in log SNR between the ends of the schedule.
   * The network then runs at fractional timesteps, whose log SNR is interpolated linearly.
   */
  trajectory?: Trajectory;
  /**
   * What happens where the predicted image x0 leaves its range. "none": nothing, as in the DDIM authors' code. "x0": it is
   * clamped and the network's noise is kept, as in diffusers. "x0-eps": it is clamped and the noise is derived from it again,
   * as in improved-diffusion. Default: "x0" where the scheduler config says `clip_sample`, else "none"; with sampler "vdm"
   * always "none".
   */
  clip?: "none" | "x0" | "x0-eps";
  /**
   * With samplers "analytic-ddpm", "analytic-ddim" and "ddpm" only: at the step into timestep 0 the noise moves a pixel by no more
   * than this many of 255 grey values on average (Bao et al. 2022, appendix F.2), from 0, which is off, to 255. Default: 1, with
   * "ddpm" 0. The authors' code bounds the noise of their DDPM baseline too.
   */
  sigmaClip?: number;
  /**
   * The run begins with a picture that is noised to the level of the timestep `t`, with the noise of the seed (SDEdit, Meng et al.
   * 2022; `Model.diffuse`): from there its first step leads to the next listed timestep. At `t` 0 the picture comes back, at N - 1
   * nearly nothing is left of it. Not together with `noise`. A plan reads `t` alone. Default: the run begins with noise.
   */
  start?: Start;
  /** Pixels that are given: what is around them is made to fit. A plan reads `method`, `jump` and `resample` alone. Default: none. */
  known?: Known;
  /**
   * Images that were observed with noise: the run samples what they may have been. Not together with `known`. A plan reads `method`, and with
   * "level" `sigma`, alone. Default: none.
   */
  observed?: Observed;
}

/**
 * The steps of a run, without running it. Every step is `x_s = x0 * x0_hat + eps * eps_hat + xt * x_t + z * noise`, with
 * x0_hat and eps_hat the predicted image and noise and s the next timestep nearer the data.
 */
export interface Plan {
  /** The timesteps visited, descending; fractional where a level lies between two. */
  timesteps: number[];
  /**
   * Whether `PlanStep.x0Variance` comes from the model's Analytic-DPM table. Else it is the largest that data in [-1, 1] can have, and
   * `observed` and `potential` with method "analytic" follow what is wanted more strongly than they should.
   */
  measured: boolean;
  /** The steps, noisiest first. */
  steps: PlanStep[];
}

/** One step of a plan. */
export interface PlanStep {
  /** Training timestep of the state that the step starts from. */
  t: number;
  /** Training timestep of the state that it makes; null: the data. */
  s: number | null;
  /** The log of the signal-to-noise ratio at `t`, ln(alpha_bar / (1 - alpha_bar)); -Infinity where no signal is left. */
  logSnr: number;
  /** Factor of the predicted image. */
  x0: number;
  /** Factor of the predicted noise. */
  eps: number;
  /** Factor of the state. */
  xt: number;
  /** Factor of fresh noise: the standard deviation of the step. */
  z: number;
  /**
   * Variance of a pixel of the image given x_t: sigma_t^2 / alpha_bar_t * (1 - mean_sq_eps), at most 1 (Bao et al. 2022, theorem 2). Between
   * two timesteps the largest that it can have.
   */
  x0Variance: number;
}
