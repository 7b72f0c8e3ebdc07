/** The state of the pictures: what learns, what it is learnt from, for how long, and what the network draws. */

import { batch, computed, signal } from "@preact/signals-core";
import type { Pictures } from "../../../ui/pixels.ts";
import type { KeptModel } from "../../model/kept.ts";
import { learnsVariance } from "../../panel/defaults.ts";
import { Progress } from "../progress.ts";
import { AIM, type Aim, aimOptions, askedOf, settings, write } from "../settings.ts";
import type { State } from "../training.ts";
import { type Base, freeName, identityOf, refusal } from "./base.ts";
import { KINDS, SIDE, type Sprite, sprites } from "./sprites.ts";

/** So many of each kind are in the set that ships. */
const EACH = 12;

/** So many pictures can be learnt from. */
export const MOST = 200;
export const LEAST = 4;

/** What a network of pictures can predict: diffusers has no name for a predicted mean. */
export const PREDICTED: readonly Aim["prediction"][] = ["epsilon", "sample", "v_prediction"];

/** Minutes that one can have. */
export type Minutes = "1" | "5" | "15";

/** What learns: a new network, or the model that is loaded. */
export type Learner = "new" | "model";

/** Sides of one's own pictures for a new network. */
export type Side = "16" | "28";

/** A training that was kept; one of a model has where that is. */
export interface KeptPictures extends State {
  learner: Learner;
  base: Pick<Base, "source" | "name"> | undefined;
  /** What tells the base from other models. */
  identity: string | undefined;
  className: string;
  side: Side;
  source: "set" | "own";
  own: readonly Float32Array[];
  minutes: Minutes;
  flip: boolean;
  /** What was chosen; absent in those of before there was a choice. */
  aim?: Aim;
  width: number;
}

type Shape = Base["model"]["info"]["shape"];

/** The state. */
export class Store extends Progress {
  readonly learner = signal<Learner>("new");
  /** The model whose training can go on. */
  readonly base = signal<Base | undefined>(undefined);
  /** What the new class of that model is called. */
  readonly className = signal("");
  readonly side = signal<Side>("16");
  readonly source = signal<"set" | "own">("set");
  readonly minutes = signal<Minutes>("5");
  readonly flip = signal(false);
  /** What is minimised, where the learner can. */
  readonly asked = settings(AIM);
  /** What the machine was found to do in the time there is: the width of the new network, and its steps. */
  readonly plan = signal<{ width: number; steps: number } | undefined>(undefined);
  readonly parameters = signal<number | undefined>(undefined);
  /** What the network draws, always from the same noise, and at which step. */
  readonly grid = signal<(Pictures & { step: number }) | undefined>(undefined);
  /** The part of Analytic-DPM's table that is measured, while it is. */
  readonly measured = signal<number | undefined>(undefined);
  readonly kept = signal<KeptPictures | undefined>(undefined);
  /** Models that were kept, by their names in the storage. */
  readonly models = signal<readonly [name: string, model: KeptModel][]>([]);
  /** The visitor's own pictures, by their shapes. */
  private readonly owned = signal<Readonly<Record<string, readonly Float32Array[]>>>({});

  private readonly set: readonly Sprite[] = sprites(EACH, 1);

  /** The model that learns; undefined where a new network does. */
  readonly learning = computed(() => (this.learner.value === "model" ? this.base.value : undefined));

  /** Whether it learns from the set that ships. */
  readonly ships = computed(() => !this.learning.value && this.source.value === "set");

  /** Whether the network can learn a variance: a model can where it has one. */
  readonly varies = computed(() => !this.learning.value || learnsVariance(this.learning.value.model.info.scheduler));

  /** What is minimised: what was chosen, where the learner can. */
  readonly aim = computed<Aim>(() => {
    const asked = askedOf(this.asked);
    const base = this.learning.value;
    const { objective, variance } = asked;
    return {
      ...asked,
      ...(base && { prediction: base.model.info.scheduler.prediction_type ?? "epsilon" }),
      ...(!this.varies.value && objective === "l_hybrid" && { objective: "l_simple" }),
      ...(!this.varies.value && variance === "learned" && { variance: "small" }),
    };
  });

  /** The shape of all pictures. */
  readonly shape = computed<Shape>(() => {
    const side = this.ships.value ? SIDE : Number(this.side.value);
    return this.learning.value?.model.info.shape ?? [3, side, side];
  });

  /** The visitor's own pictures of this shape. */
  readonly own = computed(() => this.ownOf(this.shape.value));

  /** What is learnt from. */
  readonly pictures = computed<readonly Float32Array[]>(() =>
    this.ships.value ? this.set.map(({ x }) => x) : this.own.value,
  );

  readonly key = computed(() => {
    const base = this.learning.value;
    const own = this.ships.value ? 0 : fingerprint(this.own.value);
    const settings = [this.shape.value, this.ships.value, own, this.flip.value, aimOptions(this.aim.value)];
    return JSON.stringify([base ? identityOf(base) : "", ...settings]);
  });

  /** The class of each picture of the set that ships, and what its classes are called. */
  get classes(): { labels: number[]; names: string[] } {
    return { labels: this.set.map(({ kind }) => kind), names: [...KINDS, "no class"] };
  }

  /** The visitor's own pictures of a shape. */
  ownOf(shape: Shape): readonly Float32Array[] {
    return this.owned.value[String(shape)] ?? [];
  }

  /** Takes these as the visitor's own pictures of a shape. */
  hold(shape: Shape, pictures: readonly Float32Array[]): void {
    this.owned.value = { ...this.owned.value, [String(shape)]: pictures };
  }

  /** Takes a model as the one whose training can go on; where it cannot, a new network learns. */
  adopt(base: Base): void {
    batch(() => {
      const before = this.base.value;
      this.base.value = base;
      if (!before || identityOf(before) !== identityOf(base)) this.className.value = freeName(base);
      if (refusal(base) !== undefined) this.learner.value = "new";
    });
  }

  override renew(trained: { key: string } | undefined, step?: number): void {
    super.renew(trained, step);
    this.grid.value = undefined;
  }

  /** Takes these as the settings. One that was kept before there was a choice has a new network of 16 x 16 pixels. */
  take({ learner = "new", side = "16", className = "", ...kept }: Omit<KeptPictures, keyof State>): void {
    batch(() => {
      this.learner.value = learner;
      this.side.value = side;
      this.className.value = className;
      this.source.value = kept.source;
      this.minutes.value = kept.minutes;
      this.flip.value = kept.flip;
      write(this.asked, { ...AIM, ...kept.aim });
      this.plan.value = { width: kept.width, steps: 0 };
      this.hold(this.shape.value, kept.own);
    });
  }
}

/** A number that stands for these pictures (FNV-1a of their bytes). */
function fingerprint(pictures: readonly Float32Array[]): number {
  let hash = 0x811c9dc5;
  for (const x of pictures) {
    for (const value of x) hash = Math.imul(hash ^ Math.round(127.5 * (value + 1)), 0x01000193);
  }
  return hash >>> 0;
}
