/**
 * Every option of a run that the page and the element have, once: what it takes, what each surface calls it, and which samplers have it.
 * Read by the page's controls, the element's attributes, links, saved files, the code that Share gives, and messages of errors.
 */
import type { PlanOptions, RunDefaults, SampleOptions } from "../src/index.ts";

/** How a text is read as a value: undefined is refused, and `allowed` says what is not, in the words of the library's errors. */
export interface Kind<T> {
  parse(text: string): T | undefined;
  allowed: string;
  /** All values, where they are names. */
  values?: readonly T[];
  /** Where it is one number: what it may be. */
  range?: { least: number; most: number; whole: boolean };
}

/** A kind of names. */
export interface Choice<V extends readonly string[]> extends Kind<V[number]> {
  values: V;
}

/** One of several names. */
export function choice<const V extends readonly [string, ...string[]]>(...values: V): Choice<V> {
  const allowed = `one of ${values.map((value) => `"${value}"`).join(", ")}`;
  return { values, allowed, parse: (text) => values.find((value) => value === text) };
}

/** A whole number from the least to the most, in digits. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    allowed: `a whole number, ${least} or more`,
    range: { least, most, whole: true },
    parse(text) {
      const value = /^\d+$/.test(text) ? Number(text) : -1;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

/** A number from 0 to the most. */
export function upTo(most: number): Kind<number> {
  return {
    allowed: `a number from 0 to ${most}`,
    range: { least: 0, most, whole: false },
    parse(text) {
      const value = numberIn(text) ?? Number.NaN;
      return value >= 0 && value <= most ? value : undefined;
    },
  };
}

/** Numbers between commas or blanks, all of which another kind takes. */
export function list(kind: Kind<number>, allowed: string): Kind<number[]> {
  return {
    allowed,
    parse(text) {
      const values = text.split(/\s*,\s*|\s+/).map((part) => kind.parse(part));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

/** A finite number in digits. */
export const NUMBER: Kind<number> = { allowed: "a number", parse: numberIn };

/** Any text. */
export const TEXT: Kind<string> = { allowed: "", parse: (text) => text };

/** An image of a larger batch: its index, or that and the count of the batch. */
const FIRST: Kind<NonNullable<SampleOptions["first"]>> = {
  allowed: 'the index of an image, from 0, or that and how many images the whole batch has: "5, 16"',
  parse(text) {
    const [image, of, ...more] = list(whole(0), "").parse(text) ?? [];
    if (image === undefined || more.length > 0) return undefined;
    if (of === undefined) return image;
    return of > image ? [image, of] : undefined;
  },
};

/** The images' side, or height and width. */
const SIZE: Kind<[height: number, width: number]> = {
  allowed: 'a side in pixels, from 1 to 1024, or height and width: "64, 32"',
  parse(text) {
    const [height, width = height, ...more] = list(whole(1, 1024), "").parse(text) ?? [];
    return height === undefined || width === undefined || more.length > 0 ? undefined : [height, width];
  },
};

/** The samplers. */
const SAMPLER = choice("ddim", "ddpm", "analytic-ddpm", "analytic-ddim", "vdm");

/** diffusers' and the papers' lists of timesteps. */
export const SPACING = choice("leading", "trailing", "linspace", "even", "quadratic", "optimal");

/** One of them, or a list of one's own. */
const TRAJECTORY: Kind<NonNullable<PlanOptions["trajectory"]>> = {
  allowed: `${SPACING.allowed}, or a list of timesteps`,
  parse: (text) => SPACING.parse(text) ?? list(NUMBER, "").parse(text),
};

/** A sampler by its name in the API. */
export type SamplerName = (typeof SAMPLER.values)[number];

/** What every option takes, by its name in the API. */
export const KINDS = {
  model: TEXT,
  size: SIZE,
  backend: choice("auto", "cpu", "webgpu", "burn"),
  sampler: SAMPLER,
  variance: choice("small", "large", "learned"),
  steps: whole(1),
  eta: upTo(1),
  trajectory: TRAJECTORY,
  clip: choice("none", "x0", "x0-eps"),
  sigmaClip: upTo(255),
  compat: choice("diffusers"),
  guidance: upTo(100),
  seed: whole(0),
  seeds: list(whole(0), "one or more whole numbers, 0 or more"),
  first: FIRST,
  rng: choice("philox", "torch"),
  labels: TEXT,
  batch: whole(1),
  /** The other seed of an interpolation, and the places between the two. */
  to: whole(0),
  at: list(upTo(1), "one or more fractions from 0 to 1"),
  branch: whole(0),
} as const;

/** An option's name in the API. */
export type OptionName = keyof typeof KINDS;

/** What an option's texts are read as. */
export type Value<K extends OptionName> = (typeof KINDS)[K] extends Kind<infer T> ? T : never;

/** All options. */
export const NAMES = /* @__PURE__ */ Object.keys(KINDS) as OptionName[];

/** Names in the page's links and settings, where they are others. */
const LINKS = { labels: "class", batch: "images", to: "b" } as const satisfies Named;

/** The controls of the page beside which errors are said, where they are not called as in links. */
const CONTROLS = {
  size: "model",
  sigmaClip: "sigma-clip",
  seeds: "seed",
  first: "seed",
  to: "corners",
  at: "corners",
} as const satisfies Named;

/** The samplers that have an option, where not all do. */
const OF: Partial<Record<OptionName, readonly SamplerName[]>> = {
  variance: ["ddpm"],
  eta: ["ddim", "analytic-ddim"],
  compat: ["ddpm", "ddim"],
  sigmaClip: ["ddpm", "analytic-ddpm", "analytic-ddim"],
};

type Named = Partial<Record<OptionName, string>>;
type In<T, K extends OptionName, Else> = K extends keyof T ? T[K] : Else;

/** A control of the page that says an option. */
export type ControlName = { [K in OptionName]: In<typeof CONTROLS, K, In<typeof LINKS, K, K>> }[OptionName];

/** The options that decide the steps of a run. */
export const PLAN = ["sampler", "variance", "steps", "eta", "trajectory", "clip", "sigmaClip", "compat"] as const;

/** The element's attribute of an option: "sigma-clip" of "sigmaClip". */
export function attributeOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The option that the page's links call so; undefined where there is none. */
export function optionOf(link: string): OptionName | undefined {
  return NAMES.find((name) => linkOf(name) === link);
}

/** What the page's links and settings call an option. */
export function linkOf(name: OptionName): string {
  return (LINKS as Named)[name] ?? name;
}

/** The control of the page that says an option. */
export function controlFor(name: OptionName): ControlName {
  return ((CONTROLS as Named)[name] ?? linkOf(name)) as ControlName;
}

/** Whether a sampler has an option. */
export function has(sampler: SamplerName, name: OptionName): boolean {
  return OF[name]?.includes(sampler) ?? true;
}

/** The kinds of samplers that share a trajectory and a clipping: VDM has a path of its own. */
export function kindOf(sampler: SamplerName): "vdm" | "others" {
  return sampler === "vdm" ? "vdm" : "others";
}

/**
 * What is asked for, and for the rest a model's defaults: none that belong to another sampler, nor a count of steps beside a list of
 * timesteps. Who asks for an option that the model's sampler lacks, and names none, means DDIM: the library's own.
 */
export function withDefaults<O extends RunDefaults>(asked: O, defaults: RunDefaults = {}): O {
  const { sampler: own = "ddim" } = defaults;
  const {
    sampler = NAMES.every((name) => !(name in asked) || has(own, name)) ? own : "ddim",
    steps,
    trajectory,
  } = asked;
  const isSet = steps !== undefined || trajectory !== undefined;
  const isListed = isSet && (Array.isArray(trajectory) || Array.isArray(defaults.trajectory));
  const fits = (name: string) => {
    if (isListed && (name === "steps" || name === "trajectory")) return false;
    if (name === "trajectory" || name === "clip") return kindOf(sampler) === kindOf(own);
    return name === "steps" || name === "guidance" || sampler === own;
  };
  return { ...Object.fromEntries(Object.entries(defaults).filter(([name]) => fits(name))), ...asked };
}

/** Whether a sampler takes its variance from the model's table. */
export function isAnalytic(sampler: SamplerName): boolean {
  return sampler.startsWith("analytic-");
}

/** `sigmaClip` where nothing is said: Analytic-DPM bounds its last noise then, DDPM does not. */
export function defaultSigmaClip(sampler: SamplerName): number {
  return isAnalytic(sampler) ? 1 : 0;
}

/** "DDPM", "Analytic-DDIM": a sampler as papers write it. */
export function paperName(sampler: SamplerName): string {
  return sampler.toUpperCase().replace("ANALYTIC", "Analytic");
}

/** Digits with a point or an exponent: not "Infinity", nor hexadecimal ones. */
function numberIn(text: string): number | undefined {
  const number = Number(text);
  return /^[\d.e+-]+$/i.test(text) && Number.isFinite(number) ? number : undefined;
}
