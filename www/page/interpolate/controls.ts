/** The controls of an interpolation: seeds and classes of the corners, the mode, and how many frames. */

import type { Model } from "../../src/index.ts";
import { classesOf } from "../../ui/labels.ts";
import { check, checked, find, radios, write } from "../dom.ts";
import { className } from "../panel/classes.ts";
import { fillTracks } from "../panel/controls.ts";
import { ControlError, problemWith, readSeedIn } from "../panel/numbers.ts";
import { type Control, clearProblem } from "../panel/problems.ts";
import { labelsFor, oneOf, rollSeed, type Settings } from "../settings.ts";
import { type Key, t } from "../texts.ts";
import {
  BOUNDS,
  type CornerClass,
  type Counted,
  DEFAULTS,
  type InterpolationSettings,
  MODES,
  type Mode,
  VARIATIONS,
} from "./settings.ts";

/** Of each mode: what it is, what the number below the seeds counts, and what that means. */
const MODE_KEYS = {
  two: { hint: "modeTwo", count: "countFrames", countHint: "countFramesHint" },
  four: { hint: "modeFour", count: "countSide", countHint: "countSideHint" },
  variations: { hint: "modeVariations", count: "countPoints", countHint: "countPointsHint" },
} as const satisfies Record<Mode, Record<string, Key>>;

type Corner = "A" | "B" | "C" | "D";

/** The corners, in the order of the seeds. */
const CORNERS: readonly Corner[] = ["A", "B", "C", "D"];

/** Which count each mode asks for. */
const COUNT_OF: Record<Mode, keyof typeof BOUNDS> = { two: "frames", four: "side", variations: "points" };

/** What the controls say; where the visitor looks is the view's. */
type Asked = Omit<InterpolationSettings, "at">;

/** Some of an object's entries, the others undefined. */
type Unset<T> = { [K in keyof T]?: T[K] | undefined };

/** The corners' and frames' part of the panel. */
export class InterpolateControls {
  private readonly number = find("frames", HTMLInputElement);
  private readonly slide = find("frames-slide", HTMLInputElement);
  /** The counts as typed, also those of the modes that are not shown. */
  private readonly counts: Record<keyof typeof BOUNDS, string> = {
    frames: String(DEFAULTS.frames),
    side: String(DEFAULTS.side),
    points: String(DEFAULTS.points),
  };
  private readonly onChange: () => void;
  private offered = "";
  /** Classes that were asked for before a model was there. */
  private wanted: Asked["classes"] | undefined;
  /** Whether a corner was given a class of its own. */
  private ownClasses = false;

  /** Connects the controls; A starts with the seed given. `onChange` hears of every change. */
  constructor(seed: number, onChange: () => void) {
    this.onChange = onChange;
    for (const corner of CORNERS) this.connectCorner(corner);
    this.write({ seeds: [seed, rollSeed(), rollSeed(), rollSeed()] });
    find("morph-swap", HTMLButtonElement).addEventListener("click", () => this.swap());
    for (const radio of [...radios("morph-mode"), ...radios("variations")]) {
      radio.addEventListener("change", () => this.changed("corners"));
    }
    this.number.addEventListener("input", () => this.count(this.number.value));
    this.slide.addEventListener("input", () => this.count(this.slide.value));
    this.follow();
  }

  /** A's seed as it is typed. */
  get seedOfA(): string {
    return seedInput("A").value;
  }

  /** The mode that is chosen. */
  get mode(): Mode {
    return oneOf(checked("morph-mode"), MODES);
  }

  /** The mode with its counts; a default in place of one that makes no sense. */
  get counted(): Counted {
    const { mode } = this;
    const count = (name: keyof typeof BOUNDS) => this.readCount(name, false);
    const variations = Number(checked("variations"));
    return { mode, frames: count("frames"), side: count("side"), points: count("points"), variations };
  }

  /** What the controls say. Throws a `ControlError` for what makes no sense, with the control's code. */
  read(): Asked {
    const { mode } = this;
    const seedOf = (corner: Corner) => (this.uses(corner) ? readSeed(corner) : seedOrNone(corner));
    const [a, b, c, d] = CORNERS;
    const classes = CORNERS.map(readClass);
    return {
      mode,
      seeds: [seedOf(a ?? "A"), seedOf(b ?? "B"), seedOf(c ?? "C"), seedOf(d ?? "D")],
      classes: [classes[0] ?? "any", classes[1] ?? "same", classes[2] ?? "same", classes[3] ?? "same"],
      frames: this.readCount("frames", mode === "two"),
      side: this.readCount("side", mode === "four"),
      points: this.readCount("points", mode === "variations"),
      variations: Number(checked("variations")),
    };
  }

  /** Sets the controls that are named. */
  write(asked: Unset<Asked>): void {
    if (asked.mode !== undefined) check("morph-mode", asked.mode);
    const { seeds, classes } = asked;
    for (const [index, corner] of CORNERS.entries()) {
      if (seeds) seedInput(corner).value = String(seeds[index]);
      if (classes && writeClass(corner, classes[index] ?? "same")) this.ownClasses = true;
    }
    if (classes && this.offered === "") this.wanted = [...classes];
    for (const name of ["frames", "side", "points"] as const) {
      const value = asked[name];
      if (value !== undefined) this.counts[name] = String(value);
    }
    const { variations } = asked;
    if (variations !== undefined)
      check("variations", String(VARIATIONS.find((n) => n === variations) ?? VARIATIONS[0]));
    this.follow();
  }

  /** Offers a model's classes for every corner. */
  offer(info: Model["info"], choice: Settings["class"]): void {
    const labels = classesOf(info);
    const entries = [
      ...(info.noClass === undefined ? [] : [{ value: "any", name: t("anyClass") }]),
      ...labels.map(({ index }) => ({ value: String(index), name: className(index, info) })),
    ];
    const signature = entries.map(({ value, name }) => `${value} ${name}`).join("\n");
    if (signature === this.offered) return;
    this.offered = signature;
    for (const corner of CORNERS) {
      const select = classSelect(corner);
      const all = corner === "A" ? entries : [{ value: "same", name: t("sameClass") }, ...entries];
      select.replaceChildren(...all.map(({ value, name }) => new Option(name, value)));
      select.hidden = labels.length === 0;
    }
    this.ownClasses = false;
    this.followClass(info, choice);
    this.write({ classes: this.wanted });
    this.wanted = undefined;
  }

  /**
   * Takes the class that Generate has chosen, until a corner has been given its own. Where that is one of each, B has the class
   * of A, and C and D have another: from left to right the seeds change, downwards the class.
   */
  followClass(info: Model["info"], choice: Settings["class"]): void {
    if (this.ownClasses) return;
    const [above, , below] = choice === "each" ? (labelsFor(choice, CORNERS.length, info) ?? []) : [choice];
    const classes = [above, "same", below, below] as const;
    for (const [index, corner] of CORNERS.entries()) writeClass(corner, classes[index] ?? "same");
  }

  private uses(corner: Corner): boolean {
    const { mode } = this;
    return corner === "A" || (corner === "B" ? mode !== "variations" : mode === "four");
  }

  private connectCorner(corner: Corner): void {
    seedInput(corner).addEventListener("input", () => this.changed("corners"));
    classSelect(corner).addEventListener("change", () => {
      this.ownClasses = true;
      this.changed("corners");
    });
    find(`dice-${corner.toLowerCase()}`, HTMLButtonElement).addEventListener("click", () => {
      seedInput(corner).value = String(rollSeed());
      this.changed("corners");
    });
  }

  /** A and B change places, with their classes: B's own is A's where it said "class of A". */
  private swap(): void {
    const [a, b] = [seedInput("A"), seedInput("B")];
    [a.value, b.value] = [b.value, a.value];
    const [before, after] = [readClass("A"), readClass("B")];
    if (after !== "same") {
      this.ownClasses = true;
      writeClass("A", after);
      writeClass("B", before);
    }
    this.changed("corners");
  }

  private count(value: string): void {
    this.counts[COUNT_OF[this.mode]] = value;
    this.changed("frames");
  }

  private changed(control: Control): void {
    clearProblem(control);
    clearProblem("branch");
    this.follow();
    this.onChange();
  }

  /** Shows what belongs to the mode, and moves the slider to its number. */
  private follow(): void {
    const { mode, number, slide } = this;
    const { hint, count, countHint } = MODE_KEYS[mode];
    write("mode-hint", t(hint));
    for (const corner of CORNERS) find(`corner-${corner.toLowerCase()}`).hidden = !this.uses(corner);
    find("morph-swap", HTMLButtonElement).hidden = mode === "variations";
    find("variations-field").hidden = mode !== "variations";
    write("frames-name", t(count));
    write("frames-hint", t(countHint));
    const name = COUNT_OF[mode];
    const [least, most] = BOUNDS[name];
    for (const input of [number, slide]) {
      input.min = String(least);
      input.max = String(most);
      if (input.value !== this.counts[name]) input.value = this.counts[name];
    }
    fillTracks();
  }

  /** A count; one of another mode takes its default in place of what makes no sense. */
  private readCount(name: keyof typeof BOUNDS, needed: boolean): number {
    const problem = needed ? problemWith(this.number, name) : "";
    if (problem !== "") throw new ControlError("invalid-frames", problem);
    const [least, most] = BOUNDS[name];
    const typed = this.counts[name].trim();
    const value = typed === "" ? Number.NaN : Number(typed);
    return Number.isInteger(value) && value >= least && value <= most ? value : DEFAULTS[name];
  }
}

function seedInput(corner: Corner): HTMLInputElement {
  return find(`seed-${corner.toLowerCase()}`, HTMLInputElement);
}

function classSelect(corner: Corner): HTMLSelectElement {
  return find(`class-${corner.toLowerCase()}`, HTMLSelectElement);
}

function readSeed(corner: Corner): number {
  return readSeedIn(seedInput(corner), t("nameOfCorner", { corner }), "corners");
}

/** The seed of a corner that is not asked for. */
function seedOrNone(corner: Corner): number {
  const seed = Number(seedInput(corner).value);
  return Number.isSafeInteger(seed) && seed >= 0 ? seed : 0;
}

function readClass(corner: Corner): CornerClass {
  const { value } = classSelect(corner);
  return value === "any" || value === "same" ? value : value === "" ? "any" : Number(value);
}

/** Chooses a corner's class; false where it is not offered, which leaves the choice as it was. */
function writeClass(corner: Corner, choice: CornerClass): boolean {
  const select = classSelect(corner);
  const found = [...select.options].some(({ value }) => value === String(choice));
  if (found) select.value = String(choice);
  return found;
}
