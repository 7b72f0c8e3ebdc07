/** What a run is asked for: the values behind the controls. */

import type { Model, PlanOptions, SampleOptions } from "../src/index.ts";
import { classesOf, oneOfEach } from "../ui/labels.ts";
import { choice, has, PLAN, type SamplerName, SPACING, type Value } from "../ui/options.ts";

/** `any`: the model's "no class" label; `each`: every image another class; a number: that label. */
export type ClassChoice = "any" | "each" | number;

/** The trajectories that the page offers; "own" is VDM's path, evenly in log SNR. */
export const TRAJECTORY = choice(...SPACING.values, "own");

/** Everything that decides the pictures of a run. Numbers are as typed: the engine says which of them it does not take. */
export interface Settings {
  class: ClassChoice;
  sampler: SamplerName;
  /** DDPM only. */
  variance: Value<"variance">;
  /** DDIM and Analytic-DDIM only, 0 to 1. */
  eta: number;
  /** DDPM and Analytic-DPM only: grey values by which noise may move a pixel at the step into the first level; 0 is off. */
  sigmaClip: number;
  steps: number;
  seed: number;
  /** One seed per image, two or more of them; `seed` is then the first. */
  seeds?: number[] | undefined;
  /** Which images of a larger batch of `seed` these are: the index of the first, and the count of that batch. */
  first?: [image: number, of: number] | undefined;
  /** 1 to {@link MOST_IMAGES}. */
  images: number;
  trajectory: (typeof TRAJECTORY.values)[number];
  clip: Value<"clip">;
  /** Whether DDPM and DDIM step as diffusers' own loops do. */
  compat?: Value<"compat"> | undefined;
  /** 1 is off. */
  guidance: number;
  rng: Value<"rng">;
}

/** The stage holds this many pictures, and no more. */
export const MOST_IMAGES = 36;

/** The most that the sample takes that runs by itself after loading: small enough to be done in seconds. */
export const FIRST_SAMPLE = { images: 6, steps: 20 } as const;

/** A seed of at most six digits: short enough to read out. */
export function rollSeed(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word % 1_000_000;
}

/** The label of each image of a run; undefined where the model is asked for no class in particular. */
export function labelsFor(choice: ClassChoice, images: number, info: Model["info"]): number[] | undefined {
  const classes = classesOf(info);
  if (choice === "any" || classes.length === 0) return undefined;
  return typeof choice === "number" ? new Array<number>(images).fill(choice) : oneOfEach(classes, images);
}

/** The class of what is measured: none, or where no class stands for "any", the first. */
export function oneLabel({ classes, noClass }: Model["info"]): { labels?: number[] } {
  return classes !== undefined && noClass === undefined ? { labels: [0] } : {};
}

/** The value where it is one of those allowed, else the first of them. */
export function oneOf<T extends string>(value: string, allowed: readonly [T, ...T[]]): T {
  return allowed.find((candidate) => candidate === value) ?? allowed[0];
}

/** What decides the steps of a run. */
export type PlanSettings = Pick<Settings, (typeof PLAN)[number]>;

/** What decides the steps, less what the sampler does not have. */
export function planValues(s: PlanSettings) {
  const asked = PLAN.map((name) => [name, has(s.sampler, name) ? s[name] : undefined] as const);
  return asked.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** The same as `Model.plan` takes it. */
export function planOptions(s: PlanSettings): PlanOptions {
  return Object.fromEntries(planValues(s).filter(([, value]) => value !== "own")) as PlanOptions;
}

/** What decides the noise of every image. */
export type SeedSettings = Pick<Settings, "seed" | "seeds" | "first">;

/** The same, as `Model.sample` takes it. */
export function seedOptions({ seed, seeds, first }: SeedSettings): Pick<SampleOptions, "seed" | "seeds" | "first"> {
  if (seeds) return { seeds };
  return first ? { seed, first } : { seed };
}

/** The settings that make one image of a batch alone, the same to the last bit. */
export function aloneOf(s: Settings, image: number, info: Model["info"]): Settings {
  const { seeds, first, ...shared } = s;
  const alone = { ...shared, images: 1, class: labelsFor(s.class, s.images, info)?.[image] ?? s.class };
  if (seeds) return { ...alone, seed: seeds[image] ?? s.seed };
  const [from, of] = first ?? [0, s.images];
  // The first image of Philox is that of a run of one.
  return of === 1 || (s.rng === "philox" && from + image === 0) ? alone : { ...alone, first: [from + image, of] };
}

/** The whole of a run's options, as `Model.sample` takes them. */
export function sampleOptions(s: Settings, info: Model["info"], signal: AbortSignal): SampleOptions {
  const labels = labelsFor(s.class, s.images, info);
  const base = { ...planOptions(s), ...seedOptions(s), rng: s.rng, batch: s.images, guidance: s.guidance, signal };
  return labels === undefined ? base : { ...base, labels };
}
