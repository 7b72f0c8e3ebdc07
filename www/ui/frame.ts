/** One step as it is kept for looking back: both of its pictures, in bytes. */
import type { Step } from "../src/index.ts";
import { pixelsOf, quantise } from "./pixels.ts";

/** Which picture of a step: the predicted image, or the noisy image after the step. */
export type Which = "x0" | "xt";

/** The pictures of one step, and where it stands in the run. */
export interface Frame {
  /** 0: the noise before the first step; n: after step n. */
  step: number;
  /** Timestep that the network looked at; undefined before the first step. */
  seenAt?: number;
  /** Timestep that the step arrived at; null: the data. */
  arrivedAt: number | null;
  /** NCHW, 0 to 255. Before the first step there is no prediction, and both are the noise. */
  pixels: Record<Which, Uint8Array>;
  /** The step itself; absent before the first. */
  source?: Step;
}

/** The frame of a step just computed. After the last one both are the result, which the prediction before it need not be. */
export function frameOf(step: Step): Frame {
  const xt = pixelsOf(step, "xt");
  return {
    step: step.index + 1,
    seenAt: step.timestep,
    arrivedAt: step.next,
    pixels: { x0: step.index + 1 === step.steps ? xt : pixelsOf(step, "x0"), xt },
    source: step,
  };
}

/** The frame before the first step: x_T, which is nothing but noise. */
export function frameOfNoise(x: Float32Array, firstTimestep: number): Frame {
  const pixels = quantise(x);
  return { step: 0, arrivedAt: firstTimestep, pixels: { x0: pixels, xt: pixels } };
}

/** Bytes that a frame keeps. */
export function weightOf({ pixels: { x0, xt } }: Frame): number {
  return x0 === xt ? x0.length : x0.length + xt.length;
}
