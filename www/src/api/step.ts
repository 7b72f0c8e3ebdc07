import { invalid, UnnoiseError } from "../errors.ts";
import type { StepData, StepFloats } from "../wasm.ts";

/**
 * One computed step of a run. Its pictures come with it, a byte for each number. Its floats stay where the run computes until
 * `x0()` or `xt()` asks for them; either asks for both.
 */
export interface Step {
  /** Position in the run, from 0. */
  readonly index: number;
  /** Count of the run's steps. */
  readonly steps: number;
  /** Training timestep of the state that the step started from; with sampler "vdm" it can be fractional, as `next` can. */
  readonly timestep: number;
  /** Training timestep of the state that it made; null: the data. */
  readonly next: number | null;
  /** log r at the predicted images; absent where no potential of the caller's own told it. */
  readonly logR?: number;
  /**
   * The images that the network predicts from this step, batch * C * H * W floats; the same array at every call.
   *
   * They can be asked for until the run's next step is; what has been asked for by then is kept, and the last step always has them.
   *
   * @throws UnnoiseError "step-passed" after that; "run-closed" where the run was closed before. An aborted run rejects with its
   * signal's reason.
   */
  x0(): Promise<Float32Array>;
  /** The state after the step, batch * C * H * W floats; the same array at every call. When it can be asked for: see `x0`. */
  xt(): Promise<Float32Array>;
  /**
   * The pictures of the whole batch, batch * C * H * W bytes, one image after the other, channel by channel: each is
   * round((x / 2 + 0.5) * 255), halves to even, in 0..255. On WebGPU they are computed in f32, and can differ by 1. The same array at
   * every call.
   *
   * @param which The predicted images ("x0") or the noisy states ("xt").
   * @throws UnnoiseError "invalid-which".
   */
  pixels(which: "x0" | "xt"): Uint8ClampedArray;
  /**
   * One image of the batch as a picture of its `pixels`. One channel is grey, three are RGB.
   *
   * @param which The predicted image ("x0") or the noisy state ("xt").
   * @param image Which image of the batch, from 0. Default: 0.
   * @throws UnnoiseError "invalid-which"; "invalid-image" for an index outside of the batch or other counts of channels.
   */
  rgba(which: "x0" | "xt", image?: number): ImageData;
}

/** @internal A step over what the worker sent of it. */
export class ComputedStep implements Step {
  readonly index: number;
  readonly steps: number;
  readonly timestep: number;
  readonly next: number | null;
  declare readonly logR?: number;
  readonly #pixels: StepData["pixels"];
  readonly #shape: readonly [number, number, number];
  #floats: Promise<StepFloats> | undefined;
  #read: (() => Promise<StepFloats>) | undefined;

  /** `read` asks the worker for the floats, where they have not been sent. */
  constructor(data: StepData, shape: readonly [number, number, number], read: () => Promise<StepFloats>) {
    ({ index: this.index, steps: this.steps, timestep: this.timestep, next: this.next, pixels: this.#pixels } = data);
    if (data.logR !== undefined) this.logR = data.logR;
    this.#shape = shape;
    this.#floats = data.floats && Promise.resolve(data.floats);
    this.#read = read;
  }

  async x0(): Promise<Float32Array> {
    return (await this.#asked()).x0;
  }

  async xt(): Promise<Float32Array> {
    return (await this.#asked()).xt;
  }

  pixels(which: "x0" | "xt"): Uint8ClampedArray {
    if (which !== "x0" && which !== "xt") throw invalid("which", which, '"x0" or "xt"');
    return this.#pixels[which];
  }

  rgba(which: "x0" | "xt", image = 0): ImageData {
    return toImageData(this.pixels(which), this.#shape, image);
  }

  /** Every image of the batch; none where they cannot be drawn. */
  pictures(which: "x0" | "xt"): ImageData[] {
    if (!isDrawable(this.#shape)) return [];
    const [channels, height, width] = this.#shape;
    const count = this.#pixels[which].length / (channels * height * width);
    return Array.from({ length: count }, (_, image) => this.rgba(which, image));
  }

  /** The run goes on: its worker will not have the floats any more. */
  pass(): void {
    this.#read = undefined;
  }

  #asked(): Promise<StepFloats> {
    this.#floats ??= this.#read?.();
    if (this.#floats) return this.#floats;
    const message = `step ${this.index} of ${this.steps} has passed, and its floats are gone`;
    throw new UnnoiseError("step-passed", message, { hint: "Ask for them before the run's next step." });
  }
}

/**
 * One image of a batch as a picture: one channel is grey, three are red, green and blue; alpha is 255.
 *
 * @param pixels batch * C * H * W bytes, as a step's are made in src/run/shown.rs.
 * @param shape C, H and W.
 * @param image Which image of the batch, from 0.
 * @throws UnnoiseError "invalid-image" for an index outside of the batch, or channels that are neither 1 nor 3.
 */
function toImageData(pixels: Uint8ClampedArray, shape: readonly [number, number, number], image: number): ImageData {
  const [channels, height, width] = shape;
  const area = height * width;
  const count = pixels.length / (channels * area);
  if (!isDrawable(shape)) {
    throw new UnnoiseError("invalid-image", `the images have ${channels} channels; only 1 or 3 can be drawn`);
  }
  if (!Number.isInteger(image) || image < 0 || image >= count) {
    throw invalid("image", image, `an integer from 0 to ${count - 1}`);
  }

  const plane = channels === 3 ? area : 0;
  const start = image * channels * area;
  const picture = blank(width, height);
  for (let i = 0; i < area; i++) {
    for (let channel = 0; channel < 3; channel++) {
      picture.data[4 * i + channel] = pixels[start + channel * plane + i] ?? 0;
    }
    picture.data[4 * i + 3] = 255;
  }
  return picture;
}

/** A picture of zeros. Node.js and Bun have no ImageData: there it is an object with the same fields. */
function blank(width: number, height: number): ImageData {
  if ("ImageData" in globalThis) return new ImageData(width, height);
  return { width, height, colorSpace: "srgb", data: new Uint8ClampedArray(4 * width * height) };
}

/** Whether images of this shape have a picture. */
function isDrawable([channels]: readonly [number, number, number]): boolean {
  return channels === 1 || channels === 3;
}
