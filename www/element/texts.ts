/** Every sentence of the element, in one place for translation. The library's own errors say themselves what is wrong. */

import type { SampleOptions } from "../src/index.ts";
import { paperName } from "../ui/options.ts";
import type { PictureShape } from "../ui/pixels.ts";
import { count, listed, seedsSaid, stepSaid } from "../ui/words.ts";

const MEGABYTE = 1e6;

/** What was made, as the line under the picture tells it. */
export interface Made {
  options: SampleOptions;
  /** Of the run; of several, the first. */
  seed: number;
  steps: number;
  /** The classes in words. */
  classes: string;
  images: number;
  shape: PictureShape;
}

export const texts = {
  generate: "Generate",
  again: "Generate again",
  pause: "Pause",
  play: "Play",
  step: "One step",
  stop: "Stop",
  scrubber: "Step shown",
  shown: "Picture shown",
  predicted: "predicted",
  noisy: "noisy",
  predictedTitle: "What the network predicts at this step",
  noisyTitle: "The noisy image after this step",
  retry: "Try again",
  empty: "No picture yet",
  idle: "Runs in this page, on this machine",
  noStep: "–",
  preparing: "Preparing",
  loading: (loaded: number) => `Loading ${(loaded / MEGABYTE).toFixed(1)} MB`,
  loadingSaid: (percent: number) => `Loading: ${percent} percent`,
  running: (step: number, steps: number) => `Generating: ${stepSaid(step, steps)}`,
  complete: (made: string) => `Finished: ${made}`,
  stopped: (step: number, steps: number) => `Stopped at ${stepSaid(step, steps)}`,
  failed: (sentence: string) => `Failed: ${sentence}`,
  made: ({ options: { sampler = "ddim", seeds, first, blend }, seed, steps, classes, images }: Made) =>
    [
      paperName(sampler),
      count(steps, "step"),
      ...(images > 1 ? [count(images, "image")] : []),
      ...(classes ? [classes] : []),
      blend ? `seeds ${seed} to ${blend.seeds}` : seedsSaid({ seed, seeds, first }, images),
    ].join(" · "),
  picture: (made: string, step: number, steps: number) =>
    `Generated: ${made.replaceAll(" · ", ", ")}; ${stepSaid(step, steps)}`,
  each: "each class",
  between: " to ",
  noWebAssembly: "This browser has no WebAssembly, which the network runs on.",
  noSimd: "This browser's WebAssembly lacks SIMD, which the network runs on.",
  noFiles: "A page opened from a file cannot start the engine; it has to come from a web server.",
  modelAbsent: "the address of a model's folder",
  toAllowed: "a second seed, between which and `seed` the fractions of `at` lie",
  labelsAllowed: (names: readonly string[]) => `"each", "any", or names or numbers of classes: ${listed(names)}`,
  labelsNone: "absent, for this model has no classes",
} as const;
