/** One step as it is kept for looking back: both of its pictures, in bytes. */
import type { Step } from "../src/index.ts";
import { quantise } from "./pixels.ts";

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
  /** The step itself with its floats, where they are wanted. */
  source?: Step;
}

/** The frame of a step just computed; `whole`: the step's floats are kept too. */
export function frameOf(step: Step, whole: boolean): Frame {
  return {
    step: step.index + 1,
    seenAt: step.timestep,
    arrivedAt: step.next,
    pixels: { x0: quantise(step.x0()), xt: quantise(step.xt()) },
    ...(whole && { source: step }),
  };
}

/** The frame before the first step: x_T, which is nothing but noise. */
export function frameOfNoise(x: Float32Array, firstTimestep: number): Frame {
  const pixels = quantise(x);
  return { step: 0, arrivedAt: firstTimestep, pixels: { x0: pixels, xt: pixels } };
}

/** Bytes that a frame keeps: of floats four per value. */
export function weightOf({ pixels: { x0, xt }, source }: Frame): number {
  const values = x0 === xt ? x0.length : x0.length + xt.length;
  return source ? 5 * values : values;
}
