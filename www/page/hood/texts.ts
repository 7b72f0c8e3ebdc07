/** Every sentence of the cards that compute. */

import { count } from "../../ui/words.ts";
import { duration } from "../texts.ts";

/** A number of a legend, in three digits: "0.0213", "4.1e−5". */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  const short = size !== 0 && size < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return short.replaceAll("-", "−");
}

/** Bits per dimension in three places; what is smaller keeps two digits. */
export function bits(value: number): string {
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1).replaceAll("-", "−") : value.toFixed(3);
}

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
  done: "Done.",
} as const;

/** What a card says that was ended. */
export const CANCELLED = "Cancelled.";

/** Of the plots and of the bound, by name. */
export const hood = {
  ownPath: "VDM's own",
  noNoise: "adds none",
  timestep: "timestep t",
  variance: "variance z²",
  stepAxis: "step",
  logSnr: "log SNR",
  bits: "bits per dimension",
  varianceSaid: (samplers: number, steps: number, chosen: string) =>
    `Plot: the variance of the noise that ${count(samplers, "sampler")} put back, over ${count(steps, "step")} from pure noise to the picture, on a logarithmic scale. Chosen: ${chosen}.`,
  pathSaid: (paths: number, steps: number, axis: string, chosen: string) =>
    `Plot: ${axis} of each of ${count(steps, "step")}, for ${paths} trajectories. Chosen: ${chosen}.`,
  boundSaid: (methods: string) =>
    `Plot: the bits that each step costs, from pure noise to the picture, on a logarithmic scale, for ${methods}. The sums stand in the table.`,
  plotFailed: "The plots could not be loaded; the table below has the numbers.",
  staleplots: "The plots show the last settings that make a plan.",
  boundNeeds: "Generate a picture first.",
  boundCost: (calls: number, seconds: number | undefined) =>
    `${count(calls, "call")} of the network${seconds === undefined ? "" : `: ${duration(seconds)} on this machine`}.`,
  boundProgress: (method: string, done: number, steps: number) => `${method}: ${done} of ${steps}`,
  boundDone: (method: string, least: string) =>
    `Measured. The least bound is ${method}'s: ${least} bits per dimension.`,
  boundPicture: (made: string) => `The picture that is measured. ${made}`,
  boundNoPicture: "No picture yet",
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
  done: "Done.",
} as const;
