/** Every sentence of the element, in one place for translation. The library's own errors say themselves what is wrong. */

import { type Seeded, seedsSaid } from "../ui/seeds-said.ts";
import { count, listed } from "../ui/words.ts";

const MEGABYTE = 1e6;

/** The names of the samplers as papers write them. */
const SAMPLERS: Record<string, string> = {
  ddpm: "DDPM",
  ddim: "DDIM",
  "analytic-ddpm": "Analytic-DDPM",
  "analytic-ddim": "Analytic-DDIM",
  vdm: "VDM",
};

/** What was made, as the line under the picture tells it. */
export interface Made extends Seeded {
  sampler: string;
  steps: number;
  /** The other seed of an interpolation. */
  to: number | undefined;
  classes: string;
  images: number;
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
  stepOf: (step: number, steps: number) => `${step} / ${steps}`,
  stepSaid: (step: number, steps: number) => `step ${step} of ${steps}`,
  preparing: "Preparing",
  loading: (loaded: number) => `Loading ${(loaded / MEGABYTE).toFixed(1)} MB`,
  loadingSaid: (percent: number) => `Loading: ${percent} percent`,
  running: (step: number, steps: number) => `Generating: step ${step} of ${steps}`,
  complete: (made: string) => `Finished: ${made}`,
  stopped: (step: number, steps: number) => `Stopped at step ${step} of ${steps}`,
  failed: (sentence: string) => `Failed: ${sentence}`,
  made: ({ sampler, steps, to, classes, images, ...seeded }: Made) =>
    [
      SAMPLERS[sampler] ?? sampler,
      count(steps, "step"),
      ...(images > 1 ? [count(images, "image")] : []),
      ...(classes ? [classes] : []),
      to === undefined ? seedsSaid(seeded, images) : `seeds ${seeded.seed} to ${to}`,
    ].join(" · "),
  picture: (made: string, step: number, steps: number) =>
    `Generated: ${made.replaceAll(" · ", ", ")}; step ${step} of ${steps}`,
  each: "each class",
  between: " to ",
  classNumber: (index: number) => `class ${index}`,
  noWebAssembly: "This browser has no WebAssembly, which the network runs on.",
  noSimd: "This browser's WebAssembly lacks SIMD, which the network runs on.",
  noFiles: "A page opened from a file cannot start the engine; it has to come from a web server.",
  modelAbsent: "the address of a model's folder",
  numberAllowed: "a number",
  seedsAllowed: "one or more whole numbers, 0 or more",
  firstAllowed: 'the index of an image, from 0, or that and how many images the whole batch has: "5, 16"',
  wholeAllowed: (least: number) => `a whole number, ${least} or more`,
  aspectAllowed: 'width / height of one picture, from 1 / 100 to 100, such as "1" or "4 / 3"',
  toAllowed: "a second seed, between which and `seed` the fractions of `at` lie",
  fractionsAllowed: "one or more fractions from 0 to 1",
  trajectoryAllowed: (names: string) => `${names}, or a list of timesteps`,
  labelsAllowed: (names: readonly string[]) => `"each", "any", or names or numbers of classes: ${listed(names)}`,
  unknownMessage: (type: string, known: string[]) => `there is no message ${type}; there are ${known.join(", ")}`,
  attributesAllowed: "`attributes` must be an object of names and values",
  labelsNone: "absent, for this model has no classes",
} as const;

/** A sentence with a capital and a full stop, as it stands by itself. */
export function sentence(text: string): string {
  const begun = /^\w+:\/\//.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  // A full stop would read as part of an address.
  return /[.!?]$|:\/\/\S*$/.test(begun) ? begun : `${begun}.`;
}
