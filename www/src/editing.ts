/** Options that ask for more than a sample of the model's distribution q(x): for one of q(x) r(x). */

/** Pictures to begin with. */
export interface Start {
  /**
   * Images of channels * height * width floats in [-1, 1]: one for all of the batch, or as many as it has; with `at` two or four, the
   * corners.
   */
  x: Float32Array | number[];
  /** The timestep, an integer from 0 to N - 1. */
  t: number;
  /**
   * Images between the pictures (Ho et al. 2020, section 4.3 and figure 8): one entry per image, 1 to 4096 of them; between two
   * pictures a fraction from 0 to 1, among four [u, v]. The noised pictures are mixed along straight lines, and the noise of the steps is the
   * same for all images. Not together with `seeds`, `first`, `blend` or `branch`. Default: no images between pictures.
   */
  at?: (number | [u: number, v: number])[];
  /**
   * With `at`, the noise on the pictures. "shared": the same on all, so that what lies between has the noise of its level. "own": each has its
   * own, as in Ho et al. 2020; half-way between two pictures the noise then has half of its variance. Default: "shared".
   */
  noise?: "shared" | "own";
}

/** Pixels that are given. Those with a mask of 1 end exactly as they are in `x`. */
export interface Known {
  /** Images of channels * height * width floats in [-1, 1]: one for all of the batch, or as many as it has. */
  x: Float32Array | number[];
  /** How much of each pixel is given, from 0, nothing, to 1: height * width numbers for all images, or as many for each. */
  mask: Float32Array | number[];
  /**
   * What stands in place of the known pixels after a step into timestep s. "noised": a sample of q(x_s | x), with the noise of the step
   * (Lugmayr et al. 2022, eq. 8a). "clean": the pixels themselves, at x_T too (Sohl-Dickstein et al. 2015, section 2.5).
   * "repaint": as "noised", and the run goes back to noise again and again, so that what is new fits better what is known
   * (Lugmayr et al. 2022, algorithm 1; diffusers' `RePaintScheduler`): `Run.plan` has all of its steps. Default: "noised".
   */
  method?: "noised" | "clean" | "repaint";
  /** With "repaint": steps that are gone back at a time, from 1 to 1000. Default: 10. */
  jump?: number;
  /** With "repaint": how often each stretch of `jump` steps is gone through, from 1 to 1000. Default: 10. */
  resample?: number;
}

/** Images that were observed with Gaussian noise: N(y; x_0, sigma^2). */
export interface Observed {
  /** Images of channels * height * width floats in [-1, 1] and the noise on them: one for all of the batch, or as many as it has. */
  y: Float32Array | number[];
  /** Standard deviation of the noise, at least 0: one number, or height * width of them, or as many for each image. */
  sigma: number | Float32Array | number[];
  /** How much of each pixel was observed, from 0, nothing, to 1, as in `Known.mask`. Default: all of every pixel. */
  mask?: Float32Array | number[];
  /**
   * "analytic": x_0 given x_t is taken for a Gaussian with the mean x0_hat and the variance that Analytic-DPM's table gives, else the
   * largest that data in [-1, 1] can have; it is conditioned on `y`, and the step goes on from there. With the samplers
   * "analytic-ddpm" and "analytic-ddim" it is exact for Gaussian data with independent pixels, at any count of steps. "constant", "annealed": every reverse
   * Gaussian is multiplied by that of the observation, as it is or to the power (N - 1 - s) / N (Sohl-Dickstein et al. 2015,
   * section 2.5): neither comes to the posterior as steps grow; a deterministic sampler has no Gaussian, and is not changed. "level": the run
   * begins at the first timestep whose noise is as strong as `sigma` beside the image, with `y` as its state, and from there is a plain run:
   * for pictures the best by far, with "ddpm", "analytic-ddpm" and "vdm" a sample of the posterior. It needs one `sigma` and no `mask`, not
   * together with `start` or `noise`. Default: "analytic".
   */
  method?: "analytic" | "constant" | "annealed" | "level";
}

/**
 * A smooth function r of the image: a run samples q(x) r(x), in that the mean of a Gaussian moves by its variance times the gradient of
 * log r (Sohl-Dickstein et al. 2015, eq. 2.5.2).
 */
export interface Potential {
  /**
   * "mean-colour": the mean of every region's pixels is near the region's colour. "symmetry": the left half is near the mirrored right
   * one. Both are Gaussian, and move as far as the exact product, however small `sigma`. Or a function of your own.
   */
  r: "mean-colour" | "symmetry" | PotentialFunction;
  /** With "mean-colour": the regions, at least one. Where regions overlap, both count. */
  regions?: Region[];
  /**
   * Standard deviation of a region's mean from its colour, or of the difference between mirrored pixels, on the scale of [-1, 1]; at least
   * 0. Not with a function. Default: 0.05.
   */
  sigma?: number;
  /**
   * Which Gaussian is multiplied by r. "analytic": that of x_0 given x_t, with the variance of `Observed.method` "analytic"; works with every
   * sampler. "constant", "annealed": that of the step, by r as it is or to the power (N - 1 - s) / N; a deterministic sampler has
   * none, and is not changed. Default: "analytic".
   */
  method?: "analytic" | "constant" | "annealed";
}

/** Pixels, and the colour that they have on average. */
export interface Region {
  /** One number per channel, in [-1, 1]. */
  colour: number[];
  /** How much each pixel counts, from 0 to 1, as in `Known.mask`. Default: all the same. */
  mask?: Float32Array | number[];
}

/**
 * A function r of the images, by its logarithm. It is called once per step, on the caller's thread; on WebGPU the predicted images are read
 * for it at every step.
 *
 * @param x0 The predicted images, batch * channels * height * width floats. The array is yours to keep or to change.
 * @param t The training timestep; with sampler "vdm" it can be fractional.
 * @param variance The variance by which the gradient will be multiplied.
 */
export type PotentialFunction = (
  x0: Float32Array,
  t: number,
  variance: number,
) => PotentialAnswer | Promise<PotentialAnswer>;

/** What a {@link PotentialFunction} says of the images. */
export interface PotentialAnswer {
  /** The gradient of log r at `x0`, as many floats. */
  gradient: Float32Array;
  /** log r at `x0`: `Step.logR` tells it, and the run does not use it. Default: not told. */
  logR?: number;
}
