/** Every sentence of the cards that compute. */

import { count } from "../../ui/words.ts";
import { duration } from "../texts.ts";

/** What measuring will cost: one call of the network a timestep, each for all images. */
function cost(timesteps: number, images: number, seconds: number | undefined): string {
  const time = seconds === undefined ? "" : `: ${duration(seconds)} on this machine`;
  return `${count(timesteps, "call")} of the network, each for ${count(images, "image")}${time}.`;
}

/** Of the measurement of Analytic-DPM's table, by name. */
export const estimating = {
  needs: "Choose image files, or generate pictures first.",
  cost,
  progress: (done: number, timesteps: number) => `timestep ${done} of ${timesteps.toLocaleString("en")}`,
  cancelled: "Cancelled.",
  /** On the button that takes the pictures of the stage. */
  takePictures: (images: number) => (images === 1 ? "Take the picture just made" : `Take the ${images} just made`),
  files: (images: number) => `${count(images, "image")} from files`,
  pictures: (images: number) => `${count(images, "picture")} of the model's own`,
  present: "This model has its table; another measurement takes its place.",
  absent: "This model has no table yet.",
  done: (images: number) =>
    `Measured on ${count(images, "image")}. Analytic-DPM and the optimal trajectory use it until the model is loaded again.`,
  unreadable: (file: string) => `The file ${file} is not a picture that this browser can read.`,
  tooMany: (images: number, most: number) => `${images} files are chosen: at most ${most} are measured at once.`,
  channels: (channels: number) =>
    `This model's images have ${count(channels, "channel")}: pictures from files have 1 or 3.`,
} as const;

/** Of the benchmark, by name. */
export const timing = {
  ready: "Some ten seconds of computing; a run under way is stopped.",
  warming: (images: number) => `${count(images, "image")} at a time: warming up`,
  stepping: (images: number, steps: number) => `${count(images, "image")} at a time: ${count(steps, "step")} timed`,
  cancelled: "Cancelled.",
  done: "Done.",
} as const;

/** Of the bounds on the density, by name. */
export const density = {
  least: "at least: DDPM small's",
  most: "at most: DDPM large's",
  entropy: "entropy in bits per dimension",
  said: "Plot: the least and the largest entropy that a reverse step can have, from pure noise to the picture, in bits per dimension.",
} as const;

/** Of the check of this machine's back ends, by name. */
export const checking = {
  ready: "Downloads the modules that are not here yet, 2.2 MB; a run under way is stopped.",
  working: "Asking the CPU, WebGPU and burn on WebGPU",
  cancelled: "Cancelled.",
  done: "Done.",
} as const;
