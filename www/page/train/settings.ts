/** What a training is asked for: the values behind the room's controls, and what they are to the library. */

import { type Signal, signal } from "@preact/signals-core";
import type { SchedulerConfig, TrainOptions } from "../../src/index.ts";
import type { SetName } from "./data/sets.ts";

/** The forward process: how the noise grows. */
export type Schedule = "linear" | "squaredcos_cap_v2";

/** What is minimised. */
export interface Aim {
  objective: NonNullable<TrainOptions["objective"]>;
  prediction: NonNullable<TrainOptions["prediction"]>;
  /** Of the objective "l_vlb". */
  variance: NonNullable<TrainOptions["variance"]>;
  /** Of "j_sigma". */
  eta: number;
  /** Of "vdm_discrete". */
  times: number;
  /** Of "vdm_weighted". */
  weighting: "uniform" | "snr" | "min-snr";
  /** Of "vdm_continuous" and "vdm_weighted". */
  gamma: NonNullable<TrainOptions["gamma"]>;
}

/** All that decides what is learnt, but for what was written or drawn. Everything else begins anew where one of them is another. */
export interface Asked extends Aim {
  set: SetName;
  schedule: Schedule;
  learningRate: number;
  batch: number;
  width: number;
  ema: number;
  seed: number;
}

/** What is minimised where nothing else is asked for. */
export const AIM: Aim = {
  objective: "l_simple",
  prediction: "v_prediction",
  variance: "small",
  eta: 1,
  times: 1000,
  weighting: "min-snr",
  gamma: "linear",
};

/** What is taken where nothing else is asked for: the swiss roll is learnt in less than half a minute. */
export const DEFAULTS: Asked = {
  set: "swiss-roll",
  ...AIM,
  schedule: "squaredcos_cap_v2",
  learningRate: 0.005,
  batch: 256,
  width: 128,
  ema: 0.999,
  seed: 0,
};

/** What the fields take. */
export const LIMITS = {
  eta: { least: 0.01, most: 1, step: "any" },
  times: { least: 1, most: 100_000, step: "1" },
  learningRate: { least: 1e-6, most: 1, step: "any" },
  batch: { least: 1, most: 4096, step: "1" },
  width: { least: 8, most: 1024, step: "1" },
  ema: { least: 0, most: 0.9999, step: "any" },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, step: "1" },
  steps: { least: 1, most: 1_000_000, step: "1" },
} as const;

/** Characters of the longest word. */
export const LONGEST_WORD = 24;

/** How far from the middle one can draw. */
export const FURTHEST = 3;

/** The same, each a signal of its own. */
export type Settings<Values = Asked> = { [Name in keyof Values]: Signal<Values[Name]> };

/** Signals at these values. */
export function settings<Values extends object>(asked: Values): Settings<Values> {
  const all = Object.entries(asked).map(([name, value]) => [name, signal(value)]);
  return Object.fromEntries(all) as Settings<Values>;
}

/** What signals stand at. */
export function askedOf<Values>(all: Settings<Values>): Values {
  const signals = Object.entries<Signal<unknown>>(all);
  return Object.fromEntries(signals.map(([name, { value }]) => [name, value])) as Values;
}

/** Sets signals to these values. */
export function write<Values extends object>(all: Settings<Values>, asked: Values): void {
  for (const [name, value] of Object.entries(asked)) Object.assign(all[name as keyof Values], { value });
}

/** The network of points, but for its width: VDM's Fourier features show it fine detail. */
const NETWORK = { layers: 3, fourier: [-1, 1] };

/** The noise schedule, as a scheduler's file has it. */
export function schedulerOf({ schedule }: Pick<Asked, "schedule">): SchedulerConfig {
  return { num_train_timesteps: 1000, beta_schedule: schedule, clip_sample: false };
}

/** Whether the network also learns the variance of each reverse step. */
export function learnsItsVariance({ objective, variance }: Aim): boolean {
  return objective === "l_hybrid" || (objective === "l_vlb" && variance === "learned");
}

/** What is minimised as the library takes it; options that the objective does not have are left out. */
export function aimOptions({ objective, prediction, variance, eta, times, weighting, gamma }: Aim): TrainOptions {
  return {
    objective,
    prediction,
    ...(objective === "l_vlb" && { variance }),
    ...(objective === "j_sigma" && { eta }),
    ...(objective === "vdm_discrete" && { times }),
    ...(objective === "vdm_weighted" && { weighting }),
    ...((objective === "vdm_continuous" || objective === "vdm_weighted") && { gamma }),
  };
}

/** What the library is asked for. */
export function trainOptions(asked: Asked): TrainOptions {
  const { learningRate, batch, width, ema, seed } = asked;
  return {
    ...aimOptions(asked),
    scheduler: schedulerOf(asked),
    network: { ...NETWORK, width },
    learningRate,
    batch,
    ema,
    seed,
  };
}
