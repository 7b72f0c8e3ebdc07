/** The networks for pictures, and which of them a machine can train in the time there is. */

import type { Model, TrainOptions } from "../../../src/index.ts";
import { type Aim, aimOptions } from "../settings.ts";

/** Channels of the first level, from the smallest network to the largest; the two levels below it have twice as many. */
export const WIDTHS = [16, 24, 32, 48] as const;

/** With fewer steps than these nothing is recognised: then the network is smaller. */
const LEAST_STEPS = 2000;

/** A network of this width, as diffusers' UNet2DModel has it; the library knows the rest. */
export function networkOf(width: number): { block_out_channels: number[] } {
  return { block_out_channels: [width, 2 * width, 2 * width] };
}

/**
 * The largest network that makes enough steps in the time, where one of the smallest takes so long, and how many it makes. What a
 * step costs grows at most as the square of the width.
 */
export function chosenFor(seconds: number, msOfSmallest: number): { width: number; steps: number } {
  const all = WIDTHS.map((width) => {
    const ms = msOfSmallest * (width / WIDTHS[0]) ** 2;
    return { width, steps: Math.round((1000 * seconds * TRAINED) / ms) };
  });
  const [smallest = { width: WIDTHS[0], steps: 0 }] = all;
  return all.filter(({ steps }) => steps >= LEAST_STEPS).at(-1) ?? smallest;
}

/** The part of the time in which it trains: in the rest one looks at it. */
export const TRAINED = 0.8;

/** What the library is asked for where a new network learns: the smallest. */
export function pictureOptions(flip: boolean, aim: Aim): TrainOptions {
  const scheduler = { num_train_timesteps: 1000, beta_schedule: "squaredcos_cap_v2", clip_sample: true } as const;
  return { network: networkOf(WIDTHS[0]), flip, scheduler, ...aimOptions(aim) };
}

/**
 * What the library is asked for where the training of a model goes on. The rate rises within 20 steps, because a slow machine makes less
 * than a hundred in the time there is. At a rate of 0.001 in place of the library's 0.0003 the old classes become noisier.
 */
export function modelOptions(from: Model, aim: Aim): TrainOptions {
  // What it predicts is its own.
  const { prediction: _, ...options } = aimOptions(aim);
  return { from, warmup: 20, ...options };
}
