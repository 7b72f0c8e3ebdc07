/** Every sentence that the page says while it runs. What stands there from the start is in index.html. */

import type { Backend, LoadProgress, Model } from "../src/index.ts";
import { has, isAnalytic, paperName, type SamplerName } from "../ui/options.ts";
import { count, listed, partSaid, seedsSaid } from "../ui/words.ts";
import type { Settings } from "./settings.ts";

const MEGABYTE = 1e6;
const DEVICES = { cpu: "CPU", webgpu: "WebGPU" } as const;

/** "3.3 MB", "310 kB", "812 bytes". */
export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`;
  return count < MEGABYTE ? `${Math.round(count / 1000)} kB` : `${(count / MEGABYTE).toFixed(1)} MB`;
}

/** "under a second", "about 12 s", "about 3 min". */
export function duration(seconds: number): string {
  if (seconds < 1) return "under a second";
  if (seconds < 90) return `about ${Math.round(seconds)} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} hours`;
}

/** Time left, short enough for a read-out: "12 s", "1:45 min". */
export function left(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
}

/** "58 ms", "1.20 s". */
export function milliseconds(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** A signal-to-noise ratio in two digits; whole numbers from 10 on. */
export function ratio(snr: number): string {
  if (!Number.isFinite(snr)) return "∞";
  if (snr >= 10) return Math.round(snr).toLocaleString("en");
  if (snr === 0) return "0";
  return snr >= 0.001 ? String(Number(snr.toPrecision(2))) : snr.toExponential(1).replace("e-", "e−");
}

/** "1.6 M parameters, 28 × 28". */
export function modelSize(info: Model["info"]): string {
  const [channels, height, width] = info.shape;
  const millions = info.parameters / 1e6;
  const parameters = millions >= 1 ? `${millions.toFixed(1)} M` : `${Math.round(info.parameters / 1000)} k`;
  return `${parameters} parameters, ${width} × ${height}${channels === 3 ? " colour" : ""}`;
}

/** What is being fetched, and how much of it is here; what is done with it once it is here whole. */
export function loading({ file, loaded, total }: LoadProgress): string {
  if (/\.json$/.test(file)) return "Loading the model";
  const what = /\.safetensors$/.test(file) ? "the weights" : "the engine";
  if (total === undefined) return `Loading ${what}: ${bytes(loaded)}`;
  if (loaded >= total) return what === "the engine" ? "Starting the engine" : `Reading ${what}`;
  const [unit, digits] = total < MEGABYTE ? [1000, 0] : [MEGABYTE, 1];
  return `Loading ${what}: ${(loaded / unit).toFixed(digits)} of ${bytes(total)}`;
}

/** What a sampler does to the picture, in one or two sentences. */
export function samplerHint(sampler: SamplerName, eta: number): string {
  if (sampler === "ddpm") return "Puts fresh noise back at every step and removes it again. Wants many steps.";
  if (sampler === "vdm") return "Like DDPM, but not tied to the trained timesteps: its steps lie evenly in log SNR.";
  if (isAnalytic(sampler)) {
    return "Puts back just as much noise as the pictures call for, by a measured table. Good in few steps.";
  }
  return eta > 0
    ? "Goes towards the picture, with some fresh noise put back at every step. Good in few steps."
    : "Goes straight to the picture that the starting noise already decides. Good in few steps.";
}

/** A sampler with what it is set to: "DDIM", "DDIM η 0.5", "DDPM small", "Analytic-DDIM η 0.5", "VDM". */
export function samplerName({ sampler, eta, variance }: Pick<Settings, "sampler" | "eta" | "variance">): string {
  const named = paperName(sampler);
  if (has(sampler, "variance")) return `${named} ${variance}`;
  return has(sampler, "eta") && eta > 0 ? `${named} η ${eta}` : named;
}

/** The line under the pictures: what they were made with. */
export function caption(s: Settings, steps: number, className: string): string {
  const guidance = s.guidance === 1 ? "" : ` · guidance ${s.guidance}`;
  const named = className === "" ? "" : ` · ${className}`;
  return `${samplerName(s)} · ${count(steps, "step")}${named}${guidance} · ${seedsSaid(s, s.images)}`;
}

/** "0.8 s", "12 s". */
export function took(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** What a run will cost, before it is paid; `what` it makes, such as "9 frames". */
export function cost(seconds: number, what: string): string {
  const time = duration(seconds);
  return `${time.charAt(0).toUpperCase()}${time.slice(1)} for ${what} on this machine.`;
}

/** The picture's name for those who do not see it. */
export function alternative(images: number, step: number, steps: number, which: "x0" | "xt"): string {
  const pictures = count(images, "image");
  if (step === 0) return `${pictures}: pure noise, before the first step`;
  const shown = which === "x0" ? "what the network expects them to become" : "as they stand, noise and all";
  return `${pictures} after step ${step} of ${steps}, ${shown}`;
}

/** What loading a model from an address will cost; undefined when its server does not say. */
export function modelCost(size: number | undefined): string {
  return size === undefined ? "Its server does not say how large the weights are." : `${bytes(size)} to download.`;
}

/** Everything else, by name. */
export const texts = {
  generate: "Generate",
  starting: "Starting",
  unmeasured: "The first run measures the speed.",
  waiting: "Begins as soon as the model is loaded.",
  frugal: (size: number | undefined) =>
    `Data saver is on. Generate downloads ${size === undefined ? "the engine and the model" : bytes(size)} first.`,
  restart: "Restart the engine",
  tryAgain: "Try again",
  placeholder: "Noise: nothing has been computed yet",
  classAny: "any class",
  classEach: "one of each class",
  noStep: "no step yet",
  running: "running",
  paused: "paused",
  done: (seconds: number) => `done in ${took(seconds)}`,
  stopped: (step: number, steps: number) => `stopped at step ${step} of ${steps}`,
  failed: "stopped by an error",
  begun: (images: number, steps: number) => `Generating ${count(images, "image")} in ${count(steps, "step")}.`,
  announceStep: (step: number, steps: number, rest: string) => `Step ${step} of ${steps}, ${rest} left.`,
  announceDone: (images: number) => `Done: ${count(images, "image")}.`,
  announceStopped: (step: number, steps: number) => `Stopped after step ${step} of ${steps}.`,
  play: "Play",
  pause: "Pause",
  theData: "data",
  shortTimestep: (timestep: number) => (Number.isInteger(timestep) ? String(timestep) : timestep.toFixed(1)),
  backendName: ({ kind, device }: Pick<Backend, "kind" | "device">) =>
    kind === "burn" ? `burn on ${DEVICES[device]}` : DEVICES[device],
  backend: (name: string, workers: number) => (workers > 1 ? `${name}, ${workers} workers` : name),
  chipReady: (name: string) => `${name} · ready`,
  chipSpeed: (name: string, ms: number) => `${name} · ${milliseconds(ms)} a step`,
  chipLoading: "loading",
  chipFailed: "not running",
  chipIdle: "waiting",
  speed: (perImage: number) => `${milliseconds(perImage)} a step of one image`,
  unknownSpeed: "not measured yet",
  backendDownload: (name: string, size: number) => `${name} downloads ${bytes(size)} once.`,
  backendKept: (name: string) => ` Still running on ${name}.`,
  backendInstead: (name: string) => ` Running on ${name} instead.`,
  modelKept: (name: string) => ` ${name} stays loaded.`,
  modelInstead: (name: string) => ` Loaded ${name} instead.`,
  modelCostHint: "It must allow other sites to read it (CORS). owner/name is a model of huggingface.co.",
  modelNoAddress:
    "Type the address of a folder, such as https://example.org/my-model/, or owner/name on huggingface.co.",
  localModel: "Files of yours",
  bundledModel: "Fashion-MNIST",
  /** What the fields for numbers are called. */
  numbers: {
    steps: "the count of steps",
    images: "the count of images",
    frames: "the count of frames",
    side: "the count of frames along a side",
    points: "the count of points",
    "sigma-clip": "the bound of the last noise",
    scale: "the scale",
    fps: "the count of pictures per second",
  } as Record<string, string>,
  mustBe: (name: string, given: string, allowed: string) =>
    `${name.charAt(0).toUpperCase()}${name.slice(1)} is ${given}: it must be ${allowed}.`,
  theLink: "the link",
  ignored: (what: string, origin: string, kept: string, reason: string) =>
    `Ignored ${what} in ${origin}${kept === "" ? "" : `, keeping ${kept}`}: ${reason}.`,
  itMustBe: (allowed: string) => `it must be ${allowed}`,
  oneOf: (names: readonly string[]) => `it must be one of ${listed(names)}`,
  tooLong: (length: number, most: number) =>
    `it has ${length.toLocaleString("en")} characters, and at most ${most.toLocaleString("en")} are read`,
  vdmAlone: "only VDM has that trajectory",
  classUnknown: "this model has no such class",
  seedsCount: (seeds: number, images: number) =>
    `there are ${count(seeds, "seed")}, one for each image, but ${count(images, "image")} are asked for`,
  seedList: "whole numbers between commas, one for each image, at most 36",
  partOf: (first: readonly [number, number], images: number) =>
    `Makes ${partSaid(first, images)} that this seed stands for.`,
  partRange: "the index of an image, from 0, and the count of its batch, at most 4,096: 5,16",
  partWithoutSeed: "it is an image of the batch of one seed, and no such seed is named",
  hashDigits: "at least the first 8 hexadecimal digits of the SHA-256 of the weights",
  eta: "fresh noise: 0 none, 1 as DDPM",
  etaAnalytic: "the noise of its own: 0 none, 1 as DDPM",
  tableUnguided: "Its table was measured without guidance. One table serves every class.",
  tableGuided: "Its table was measured without guidance: with guidance the variance is not the optimal one.",
  analyticAbsent: "This model has no analytic_dpm.json, which Analytic-DPM needs. DDIM is chosen instead.",
  optimalAbsent: "This model has no analytic_dpm.json, which the optimal trajectory needs. Even is chosen instead.",
  otherHash: (asked: string, found: string) =>
    `The link was made with other weights: theirs begin with ${asked}, these with ${found}. The pictures will differ.`,
  copied: "Copied",
  copy: "Copy",
  copyByHand: "Select and copy",
  unknownError: "Something failed, and gave no reason.",
  crashed: "The engine crashed. What it has in memory cannot be trusted, so it needs a fresh start.",
} as const;
