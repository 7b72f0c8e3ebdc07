import { invalid } from "./errors.ts";
import { isDrawable, toImageData } from "./image.ts";
import type { StepData } from "./wasm.ts";

/** One computed step of a run. */
export interface Step {
  /** Position in the run, from 0. */
  readonly index: number;
  /** Count of the run's steps. */
  readonly steps: number;
  /** Training timestep of the state that the step started from; with sampler "vdm" it can be fractional, as `next` can. */
  readonly timestep: number;
  /** Training timestep of the state that it made; null: the data. */
  readonly next: number | null;
  /** The images that the network predicts from this step, batch * C * H * W floats; the same array at every call. */
  x0(): Float32Array;
  /** The state after the step, batch * C * H * W floats; the same array at every call. */
  xt(): Float32Array;
  /**
   * One image of the batch as a picture: round((x / 2 + 0.5) * 255) in 0..255. One channel is grey, three are RGB.
   *
   * @param which The predicted image ("x0") or the noisy state ("xt").
   * @param image Which image of the batch, from 0. Default: 0.
   * @throws UnnoiseError "invalid-which"; "invalid-image" for an index outside of the batch or other counts of channels.
   */
  rgba(which: "x0" | "xt", image?: number): ImageData;
}

/** @internal A step over the floats that the worker sent. */
export class ComputedStep implements Step {
  readonly index: number;
  readonly steps: number;
  readonly timestep: number;
  readonly next: number | null;
  readonly #data: StepData;
  readonly #shape: readonly [number, number, number];

  constructor(data: StepData, shape: readonly [number, number, number]) {
    this.index = data.index;
    this.steps = data.steps;
    this.timestep = data.timestep;
    this.next = data.next;
    this.#data = data;
    this.#shape = shape;
  }

  x0(): Float32Array {
    return this.#data.x0;
  }

  xt(): Float32Array {
    return this.#data.xt;
  }

  rgba(which: "x0" | "xt", image = 0): ImageData {
    if (which !== "x0" && which !== "xt") throw invalid("which", which, '"x0" or "xt"');
    return toImageData(this.#data[which], this.#shape, image);
  }

  /** Every image of the batch; none where they cannot be drawn. */
  pictures(which: "x0" | "xt"): ImageData[] {
    if (!isDrawable(this.#shape)) return [];
    const [channels, height, width] = this.#shape;
    const count = this.#data[which].length / (channels * height * width);
    return Array.from({ length: count }, (_, image) => this.rgba(which, image));
  }
}
