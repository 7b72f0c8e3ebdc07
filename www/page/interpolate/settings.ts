/**
 * What an interpolation is: its settings as a plain object, the frames they lay out, and the options of each frame. Pure:
 * no element of the page is touched here. A link can be made of the settings; `Interpolate` (interpolate.ts) has `settings`,
 * `set()` and `frames()` for those who share or export.
 */

import type { Model, SampleOptions } from "../../src/index.ts";
import { classesOf } from "../../ui/labels.ts";
import { planOptions, type Settings } from "../settings.ts";

/** `two`: a line from A to B; `four`: a grid with a seed in each corner; `variations`: one seed, parting ever later. */
export const MODES = ["two", "four", "variations"] as const;

/** One of them. */
export type Mode = (typeof MODES)[number];

/** The class of a corner: a label, the model's "no class", or for B, C and D the class of A. */
export type CornerClass = number | "any" | "same";

/** Everything that an interpolation has beside the sampler's settings, which it shares with Generate. */
export interface InterpolationSettings {
  mode: Mode;
  /** Seeds of A, B, C and D. Two seeds use A and B; variations use A alone. */
  seeds: [number, number, number, number];
  classes: [CornerClass, CornerClass, CornerClass, CornerClass];
  /** Frames from A to B. */
  frames: number;
  /** Frames along each side of the grid of four seeds. */
  side: number;
  /** Points at which variations part. */
  points: number;
  /** Images that part at each point: a square number. */
  variations: number;
  /** Which frame is looked at: across and down, 0 to 1 each. */
  at: [across: number, down: number];
}

/** Bounds of the three counts. */
export const BOUNDS = { frames: [2, 33], side: [2, 9], points: [2, 17] } as const;

/** Which count each mode asks for. */
export const COUNT_OF: Record<Mode, keyof typeof BOUNDS> = { two: "frames", four: "side", variations: "points" };

/** Counts of variations: squares, so that a frame of them is a square sheet. */
export const VARIATIONS = [4, 9, 16] as const;

/** What stands there at first, but for the seeds. */
export const DEFAULTS: Omit<InterpolationSettings, "seeds" | "classes"> = {
  mode: "two",
  frames: 9,
  side: 5,
  points: 5,
  variations: 4,
  at: [0, 0],
};

/** How frames lie: one row, or a square. Frame `row * columns + column` stands at `column / (columns - 1)` across. */
export interface Layout {
  columns: number;
  rows: number;
  /** Images of one frame. */
  images: number;
}

/** What of the settings decides how many frames there are. */
export type Counted = Pick<InterpolationSettings, "mode" | "frames" | "side" | "points" | "variations">;

/** The layout that settings ask for. */
export function layoutOf(s: Counted): Layout {
  if (s.mode === "four") return { columns: s.side, rows: s.side, images: 1 };
  return s.mode === "two"
    ? { columns: s.frames, rows: 1, images: 1 }
    : { columns: s.points, rows: 1, images: s.variations };
}

/** Where a frame stands: across and down, 0 to 1 each. */
export function placeOf(frame: number, { columns, rows }: Layout): [number, number] {
  const column = frame % columns;
  const row = Math.floor(frame / columns);
  return [column / Math.max(1, columns - 1), row / Math.max(1, rows - 1)];
}

/** The frame nearest to a place. */
export function frameAt([across, down]: readonly [number, number], { columns, rows }: Layout): number {
  return Math.round(down * (rows - 1)) * columns + Math.round(across * (columns - 1));
}

/** Steps that the variations of a frame share. */
export function branchOf(frame: number, { columns }: Layout, steps: number): number {
  return Math.round((frame / Math.max(1, columns - 1)) * steps);
}

/** What one call of the engine computes: the frames, and the images of all of them. */
export interface Batch {
  frames: number[];
  images: number;
}

/** At most so many images per batch: few enough to be seen soon, many enough to keep a graphics card busy. */
const MOST_IN_BATCH = 8;

/** All frames in the order they are computed: the ends and the middle, then the quarters, the eighths, and so on. */
export function batchesOf(layout: Layout): Batch[] {
  const batches: Batch[] = [];
  const most = layout.images > 1 ? 1 : MOST_IN_BATCH;
  for (const level of coarseLevels(layout)) {
    for (let from = 0; from < level.length; from += most) {
      const frames = level.slice(from, from + most);
      batches.push({ frames, images: frames.length * layout.images });
    }
  }
  return batches;
}

/** The frames of each level: of a line the ends with the middle first, of a square the corners, then what halves the sides. */
function coarseLevels({ columns, rows }: Layout): number[][] {
  const across = halvings(columns);
  const down = halvings(rows);
  const least = rows === 1 ? 1 : 0;
  const levels = new Map<number, number[]>();
  for (let frame = 0; frame < columns * rows; frame++) {
    const level = Math.max(across[frame % columns] ?? 0, down[Math.floor(frame / columns)] ?? 0, least);
    levels.set(level, [...(levels.get(level) ?? []), frame]);
  }
  return [...levels].sort(([a], [b]) => a - b).map(([, frames]) => frames);
}

/** How often 0 to n - 1 must be halved until each place is met; 0 for the ends. */
function halvings(n: number): number[] {
  const depth = new Array<number>(n).fill(0);
  let spans: [number, number][] = [[0, n - 1]];
  for (let level = 1; spans.length > 0; level++) {
    const next: [number, number][] = [];
    for (const [from, to] of spans) {
      if (to - from < 2) continue;
      const middle = Math.floor((from + to) / 2);
      depth[middle] = level;
      next.push([from, middle], [middle, to]);
    }
    spans = next;
  }
  return depth;
}

/** What a run needs to be told beside the settings of its steps. */
export type RunSettings = Omit<Settings, "seed" | "seeds" | "first" | "images" | "class">;

/** The options of one batch, as `Model.sample` takes them. `steps`: those of the plan. */
export function batchOptions(
  batch: Batch,
  s: InterpolationSettings,
  run: RunSettings,
  info: Model["info"],
  steps: number,
): SampleOptions {
  const layout = layoutOf(s);
  const shared = { ...planOptions(run), seed: s.seeds[0], rng: run.rng, guidance: run.guidance };
  if (s.mode === "variations") {
    const branch = branchOf(batch.frames[0] ?? 0, layout, steps);
    return { ...shared, batch: batch.images, branch, ...oneLabel(labelOf(s.classes[0], s, info)) };
  }
  const corners = s.mode === "two" ? 2 : 4;
  const at = batch.frames.map((frame) => placeOf(frame, layout));
  const labels = s.classes.slice(0, corners).map((choice) => labelOf(choice, s, info));
  const blend = {
    seeds: s.seeds.slice(1, corners),
    at: s.mode === "two" ? at.map(([across]) => across) : at,
  };
  const several = labels.filter((label) => label !== undefined);
  if (several.length < corners || several.every((label) => label === several[0])) {
    return { ...shared, blend, ...oneLabel(labels[0]) };
  }
  return { ...shared, blend: { ...blend, labels: several } };
}

/** The label of a corner; undefined for a model without classes. */
export function labelOf(choice: CornerClass, s: InterpolationSettings, info: Model["info"]): number | undefined {
  if (choice === "same") return s.classes[0] === "same" ? undefined : labelOf(s.classes[0], s, info);
  if (choice === "any") return info.noClass;
  return classesOf(info).some(({ index }) => index === choice) ? choice : undefined;
}

function oneLabel(label: number | undefined): { labels?: number[] } {
  return label === undefined ? {} : { labels: [label] };
}
