/** What an interpolation is asked for: the state of its controls, which is there before the room is, for those who link, share and undo. */

import { type Signal, signal } from "@preact/signals-core";
import type { Model } from "../../src/index.ts";
import { classesOf } from "../../ui/labels.ts";
import { className } from "../panel/classes.ts";
import { ControlError, readSeedIn, seedIn } from "../panel/numbers.ts";
import { labelsFor, rollSeed, type Settings } from "../settings.ts";
import { t } from "../texts.ts";
import { BOUNDS, COUNT_OF, type CornerClass, DEFAULTS, type InterpolationSettings, VARIATIONS } from "./settings.ts";

/** The corners, in the order of the seeds. */
export const CORNERS = ["A", "B", "C", "D"] as const;

/** Some of an object's entries, the others undefined. */
type Unset<T> = { [K in keyof T]?: T[K] | undefined };

/** The state. */
export class Store {
  readonly mode = signal(DEFAULTS.mode);
  /** Seeds as typed. */
  readonly seeds: readonly Signal<string>[];
  readonly classes = CORNERS.map((corner) => signal<CornerClass>(corner === "A" ? "any" : "same"));
  /** The counts as typed, also those of the modes that are not shown; and what is wrong with each. */
  readonly counts = {
    frames: signal({ text: String(DEFAULTS.frames), wrong: "" }),
    side: signal({ text: String(DEFAULTS.side), wrong: "" }),
    points: signal({ text: String(DEFAULTS.points), wrong: "" }),
  };
  readonly variations = signal(DEFAULTS.variations);
  /** Where the visitor looks. */
  readonly at = signal(DEFAULTS.at);
  /** The model's classes, and what they are called. */
  readonly offered = signal<readonly { value: number | "any"; name: string }[]>([]);
  /** Whether a corner was given a class of its own. */
  hasOwnClasses = false;
  /** Classes that were asked for before a model was there. */
  private wanted: InterpolationSettings["classes"] | undefined;

  /** A starts with the seed given. */
  constructor(seed: number) {
    this.seeds = [seed, rollSeed(), rollSeed(), rollSeed()].map((one) => signal(String(one)));
  }

  /** Whether the mode has this corner. */
  uses(corner: number): boolean {
    return corner < { two: 2, four: 4, variations: 1 }[this.mode.value];
  }

  /** What the controls say; a default in place of a count that makes no sense. */
  get counted() {
    const { mode, variations } = this;
    const of = (name: keyof typeof BOUNDS) => this.countOf(name);
    return {
      mode: mode.value,
      frames: of("frames"),
      side: of("side"),
      points: of("points"),
      variations: variations.value,
    };
  }

  /** The settings at hand. Throws a `ControlError` where a control makes no sense. */
  get settings(): InterpolationSettings {
    const seed = (corner: number) => {
      const typed = this.seeds[corner]?.value ?? "";
      if (!this.uses(corner)) return seedIn(typed) ?? 0;
      return readSeedIn(typed, t("nameOfCorner", { corner: CORNERS[corner] ?? "" }), "corners");
    };
    const [a = "any", b = "same", c = "same", d = "same"] = this.classes.map(({ value }) => value);
    const seeds: InterpolationSettings["seeds"] = [seed(0), seed(1), seed(2), seed(3)];
    const { wrong } = this.counts[COUNT_OF[this.mode.value]].value;
    if (wrong !== "") throw new ControlError("invalid-frames", wrong);
    return { ...this.counted, seeds, classes: [a, b, c, d], at: [...this.at.value] };
  }

  /** Sets what is named. Classes that the model does not have are left as they are. */
  set({ mode, seeds, classes, variations, at, ...counts }: Unset<InterpolationSettings>): void {
    if (mode !== undefined) this.mode.value = mode;
    for (const [corner, seed] of (seeds ?? []).entries()) this.type(corner, String(seed));
    if (classes && this.offered.value.length === 0) this.wanted = classes;
    for (const [corner, choice] of (classes ?? []).entries())
      if (this.choose(corner, choice)) this.hasOwnClasses = true;
    for (const name of ["frames", "side", "points"] as const)
      if (counts[name] !== undefined) this.counts[name].value = { text: String(counts[name]), wrong: "" };
    if (variations !== undefined) this.variations.value = VARIATIONS.find((n) => n === variations) ?? VARIATIONS[0];
    if (at !== undefined) this.at.value = [...at];
  }

  /** A corner's seed, as typed. */
  type(corner: number, seed: string): void {
    const typed = this.seeds[corner];
    if (typed) typed.value = seed;
  }

  /** Chooses a corner's class; false where it is not offered, which leaves the choice as it was. */
  choose(corner: number, choice: CornerClass | undefined): boolean {
    const chosen = this.classes[corner];
    const isOffered = this.offered.value.some(({ value }) => value === choice) || (choice === "same" && corner > 0);
    if (chosen && isOffered && choice !== undefined) chosen.value = choice;
    return isOffered;
  }

  /** The corners' seeds as they stand, with another one for A; rolled where one makes no sense. */
  seedsFrom(a: number): InterpolationSettings["seeds"] {
    const [b, c, d] = [1, 2, 3].map((corner) => seedIn(this.seeds[corner]?.value ?? ""));
    return [a, b ?? rollSeed(), c ?? rollSeed(), d ?? rollSeed()];
  }

  /** Offers a model's classes for every corner. */
  offer(info: Model["info"], choice: Settings["class"]): void {
    const labels = classesOf(info).map(({ index }) => ({ value: index, name: className(index, info) }));
    const any = info.noClass === undefined ? [] : [{ value: "any" as const, name: t("anyClass") }];
    const offered = [...any, ...labels];
    if (JSON.stringify(offered) === JSON.stringify(this.offered.value)) return;
    this.offered.value = offered;
    for (const [corner, chosen] of this.classes.entries())
      chosen.value = corner === 0 ? (offered[0]?.value ?? "any") : "same";
    this.hasOwnClasses = false;
    this.followClass(info, choice);
    this.set({ classes: this.wanted });
    this.wanted = undefined;
  }

  /**
   * Takes the class that Generate has chosen, until a corner has been given its own. Where that is one of each, B has the class
   * of A, and C and D have another: from left to right the seeds change, downwards the class.
   */
  followClass(info: Model["info"], choice: Settings["class"]): void {
    if (this.hasOwnClasses) return;
    const [above, , below] = choice === "each" ? (labelsFor(choice, CORNERS.length, info) ?? []) : [choice];
    for (const [corner, one] of [above, "same" as const, below, below].entries()) this.choose(corner, one ?? "same");
  }

  private countOf(name: keyof typeof BOUNDS): number {
    const [least, most] = BOUNDS[name];
    const { text } = this.counts[name].value;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    return Number.isInteger(value) && value >= least && value <= most ? value : DEFAULTS[name];
  }
}
