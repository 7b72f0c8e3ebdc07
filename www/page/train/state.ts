/** What the room "Train" is at: one store of signals. The view is a function of it, and every change goes through it. */

import { computed, signal } from "@preact/signals-core";
import type { PlanOptions } from "../../src/index.ts";
import type { SamplerName } from "../../ui/options.ts";
import type { Line } from "./data/drawing.ts";
import { pointsOf } from "./data/sets.ts";
import type { Levels } from "./process.ts";
import { Progress } from "./progress.ts";
import type { Reverse } from "./reverse.ts";
import type { Point } from "./series.ts";
import { type Asked, askedOf, DEFAULTS, settings, write } from "./settings.ts";
import type { State } from "./training.ts";

/** So many points are learnt from. */
export const POINTS = 2000;

/** So many steps are between two samples of the network, and in a sampling. */
export const SAMPLING_STEPS = 25;

/** The samplers, by their names in the choice. */
export const SAMPLERS = {
  ddim: { sampler: "ddim" },
  "ddpm-small": { sampler: "ddpm", variance: "small" },
  "ddpm-large": { sampler: "ddpm", variance: "large" },
  /** Of networks that learned a variance. */
  "ddpm-learned": { sampler: "ddpm", variance: "learned" },
  "analytic-ddpm": { sampler: "analytic-ddpm" },
  "analytic-ddim": { sampler: "analytic-ddim" },
  vdm: { sampler: "vdm" },
} as const satisfies Record<string, { sampler: SamplerName; variance?: PlanOptions["variance"] }>;

export type SamplerChoice = keyof typeof SAMPLERS;

/** One state of a sampling. */
export interface Frame {
  /** The timestep; -1 of the data. */
  t: number;
  x: Float32Array;
  /** The predicted data. */
  x0: Float32Array;
}

/** A sampling of the network, from noise to data. */
export interface Film {
  frames: readonly Frame[];
  /** The step of the training that it was made at. */
  step: number;
  /** How far the samples are from the data: see data/distance.ts. */
  distance: number;
}

/** Arrows on a grid: where they stand, and where they point. */
export interface Field {
  at: Float32Array;
  learned: Float32Array;
  exact: Float32Array | undefined;
}

/** A training that was kept in this browser. */
export interface Kept extends State {
  asked: Asked;
  word: string;
  lines: readonly Line[];
}

/** The state of the points. */
export class Store extends Progress {
  readonly asked = settings(DEFAULTS);
  readonly word = signal("unnoise");
  readonly lines = signal<readonly Line[]>([]);
  /** Steps until it ends by itself. */
  readonly steps = signal(2000);

  readonly points = computed(() => {
    const own = { word: this.word.value, lines: this.lines.value };
    return pointsOf(this.asked.set.value, own, POINTS, this.asked.seed.value);
  });
  /** All that decides what is learnt, as one text: another one begins anew. */
  readonly key = computed(() => {
    const { set } = this.asked;
    const own = set.value === "word" ? this.word.value : set.value === "drawing" ? this.lines.value : "";
    return JSON.stringify([askedOf(this.asked), own]);
  });

  /** How far the samples were from the data, by the steps. */
  distances: Point[] = [];
  readonly kept = signal<Kept | undefined>(undefined);

  readonly levels = signal<Levels | undefined>(undefined);
  readonly film = signal<Film | undefined>(undefined);
  readonly field = signal<Field | undefined>(undefined);
  readonly reverse = signal<Reverse | undefined>(undefined);
  readonly sampler = signal<SamplerChoice>("ddim");
  /** What stands on the stage: the noisy points, the predicted ones, or the data as the forward process makes it. */
  readonly shown = signal<"xt" | "x0" | "forward">("xt");
  readonly withData = signal(true);
  readonly withPaths = signal(false);
  readonly withField = signal(false);
  readonly withExact = signal(true);
  /** The state of the sampling that is looked at; the last is the data. */
  readonly at = signal(SAMPLING_STEPS);
  /** It goes by itself from noise to data. */
  readonly playing = signal(false);

  /** Timesteps of the states that the slider goes through. */
  readonly times = computed<readonly number[]>(() => {
    const { value: film } = this.film;
    if (film) return film.frames.map(({ t }) => t);
    const last = (this.levels.value?.length ?? 1000) - 1;
    return Array.from({ length: SAMPLING_STEPS + 1 }, (_, k) =>
      k === SAMPLING_STEPS ? -1 : Math.round(last * (1 - k / SAMPLING_STEPS)),
    );
  });
  /** The timestep that is looked at. */
  readonly t = computed(() => this.times.value[this.at.value] ?? -1);

  override renew(trained: { key: string } | undefined, step?: number): void {
    super.renew(trained, step);
    this.distances = [];
    this.film.value = this.field.value = this.reverse.value = undefined;
  }

  /** Whether the plot that is wanted shows the variances of reverse steps. */
  get wantsReverse(): boolean {
    return this.plot.value === "reverse" || this.plot.value === "entropy";
  }

  /** Takes these as the settings. */
  take({ asked, word, lines }: Pick<Kept, "asked" | "word" | "lines">): void {
    // What was kept before there was a setting does not have it.
    write(this.asked, { ...DEFAULTS, ...asked });
    this.word.value = word;
    this.lines.value = lines;
  }
}
