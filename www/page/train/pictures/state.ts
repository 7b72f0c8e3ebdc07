/** The state of the pictures: what is learnt from, for how long, and what the network draws. */

import { computed, signal } from "@preact/signals-core";
import type { Pictures } from "../../../ui/pixels.ts";
import type { KeptModel } from "../../model/kept.ts";
import { Progress } from "../progress.ts";
import type { State } from "../training.ts";
import { KINDS, SIDE, type Sprite, sprites } from "./sprites.ts";

/** The shape of all pictures. */
export const SHAPE: [channels: number, height: number, width: number] = [3, SIDE, SIDE];

/** So many of each kind are in the set that ships. */
const EACH = 12;

/** So many pictures can be learnt from. */
export const MOST = 200;
export const LEAST = 4;

/** Minutes that one can have. */
export type Minutes = "1" | "5" | "15";

/** A training that was kept. */
export interface KeptPictures extends State {
  source: "set" | "own";
  own: readonly Float32Array[];
  minutes: Minutes;
  flip: boolean;
  width: number;
}

/** The state. */
export class Store extends Progress {
  readonly source = signal<"set" | "own">("set");
  readonly own = signal<readonly Float32Array[]>([]);
  readonly minutes = signal<Minutes>("5");
  readonly flip = signal(false);
  /** What the machine was found to do in the time there is: the network's width, and its steps. */
  readonly plan = signal<{ width: number; steps: number } | undefined>(undefined);
  readonly parameters = signal<number | undefined>(undefined);
  /** What the network draws, always from the same noise, and at which step. */
  readonly grid = signal<(Pictures & { step: number }) | undefined>(undefined);
  readonly kept = signal<KeptPictures | undefined>(undefined);
  /** Models that were kept, by their names in the storage. */
  readonly models = signal<readonly [name: string, model: KeptModel][]>([]);

  private readonly set: readonly Sprite[] = sprites(EACH, 1);

  /** What is learnt from. */
  readonly pictures = computed<readonly Float32Array[]>(() =>
    this.source.value === "set" ? this.set.map(({ x }) => x) : this.own.value,
  );

  readonly key = computed(() => {
    const own = this.source.value === "own" ? fingerprint(this.own.value) : 0;
    return JSON.stringify([this.source.value, own, this.flip.value]);
  });

  /** The class of each picture, and what the classes are called; none of the visitor's own. */
  get classes(): { labels: number[]; names: string[] } | undefined {
    if (this.source.value === "own") return undefined;
    return { labels: this.set.map(({ kind }) => kind), names: [...KINDS, "no class"] };
  }

  override renew(trained: { key: string } | undefined, step?: number): void {
    super.renew(trained, step);
    this.grid.value = undefined;
  }

  /** Takes these as the settings. */
  take({ source, own, minutes, flip, width }: Omit<KeptPictures, keyof State>): void {
    this.own.value = own;
    this.source.value = source;
    this.minutes.value = minutes;
    this.flip.value = flip;
    this.plan.value = { width, steps: 0 };
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
