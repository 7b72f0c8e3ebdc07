/** One step as it is kept for looking back: both of its pictures, in bytes. */

import type { Step } from "../src/index.ts";

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
}

/** Pictures in [-1, 1] as bytes: round(255 * clamp(x / 2 + 1/2, 0, 1)), as the library's own `Step.rgba`. */
export function quantise(x: Float32Array): Uint8Array {
  const bytes = new Uint8ClampedArray(x.length);
  for (let i = 0; i < x.length; i++) bytes[i] = Math.round(((x[i] ?? 0) * 0.5 + 0.5) * 255);
  return new Uint8Array(bytes.buffer);
}

/** The frame of a step just computed. */
export function frameOf(step: Step): Frame {
  return {
    step: step.index + 1,
    seenAt: step.timestep,
    arrivedAt: step.next,
    pixels: { x0: quantise(step.x0()), xt: quantise(step.xt()) },
  };
}

/** The frame before the first step: x_T, which is nothing but noise. */
export function frameOfNoise(x: Float32Array, firstTimestep: number): Frame {
  const pixels = quantise(x);
  return { step: 0, arrivedAt: firstTimestep, pixels: { x0: pixels, xt: pixels } };
}

/** Bytes that a frame keeps. */
export function weightOf(frame: Frame): number {
  const { x0, xt } = frame.pixels;
  return x0 === xt ? x0.length : x0.length + xt.length;
}

/** Normal noise for the eye alone, to stand on the stage before anything has been computed. */
export function idleNoise(length: number): Uint8Array {
  const noise = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
    const angle = 2 * Math.PI * Math.random();
    noise[i] = radius * Math.cos(angle);
    noise[i + 1] = radius * Math.sin(angle);
  }
  return quantise(noise);
}
