/** Every sentence that the view "Interpolate" says while it runs. */

import { count } from "../../ui/words.ts";
import type { Mode } from "./settings.ts";

/** "A", "B", "C" or "D". */
export type Corner = "A" | "B" | "C" | "D";

/** What the count below the seeds counts, and what more of it does. */
export const counted: Record<Mode, { name: string; hint: string }> = {
  two: { name: "Frames", hint: "from A to B, both included" },
  four: { name: "Side", hint: "frames along each side of the square" },
  variations: { name: "Points", hint: "at which the images part" },
};

/** What the choice of a mode means. */
export const modeHint: Record<Mode, string> = {
  two: "Walks from the noise of seed A to that of seed B, and shows the pictures on the way.",
  four: "A square of pictures between four seeds, one in each corner.",
  variations: "One seed, whose images part on the way: the later they part, the more alike they are.",
};

/** "38 %". */
export function percent(fraction: number): string {
  return `${Math.round(100 * fraction)} %`;
}

/** How the settings at hand treat what is random, and the class. */
export interface Shared {
  mode: Mode;
  /** The sampler adds no noise after the start. */
  deterministic: boolean;
  sampler: string;
  /** Names of the corners' classes; empty where all are the same. */
  classes: readonly string[];
  images: number;
  /** Steps that the variations share, of how many, and the timestep where they part; undefined at the data. */
  branch: { steps: number; of: number; t: string | undefined };
}

/** Names of corners: "a → b" on a line, "a, b, c, d" on a square. */
export function along(mode: Mode, names: readonly string[]): string {
  return names.join(mode === "two" ? " → " : ", ");
}

/** What the frames share, in a sentence or two. */
export function sharedSentence(s: Shared): string {
  if (s.mode === "variations") return variationsSentence(s);
  const arc = s.mode === "two" ? "the arc from A’s to B’s" : "arcs between those of the four corners";
  const classes = s.classes.length > 0 ? ` The class goes with it: ${along(s.mode, s.classes)}.` : "";
  return s.deterministic
    ? `Each frame starts from noise on ${arc}; ${s.sampler} adds none after that, so the start decides all.${classes}`
    : `The starting noise lies on ${arc}, and so does the noise that ${s.sampler} adds at every step: it is shared and interpolated too.${classes}`;
}

function variationsSentence({ deterministic, sampler, images, branch }: Shared): string {
  if (deterministic) {
    return `${sampler} adds no noise after the start, so nothing parts: all images would be the same.`;
  }
  if (branch.steps >= branch.of)
    return `All ${count(branch.of, "step")} are shared: the images are the same to the last.`;
  const down = branch.t === undefined ? "" : `, at t = ${branch.t}`;
  const first =
    branch.steps === 0 ? "the starting noise alone" : `the noise of the first ${branch.steps} of ${branch.of} steps`;
  return `These ${images} images share ${first} and part from there${down}. ${sampler} gives each noise of its own.`;
}

/** "9 frames", "5 × 4 images". */
export function framesSaid(frames: number, images: number): string {
  return images === 1 ? count(frames, "frame") : `${frames} × ${images} images`;
}

/** Everything else, by name. */
export const interpolation = {
  verb: "Interpolate",
  caption: (sampler: string, steps: number, classes: string, seeds: string) =>
    [sampler, count(steps, "step"), classes, seeds].filter((part) => part !== "").join(" · "),
  seeds: (mode: Mode, seeds: readonly number[]) =>
    seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${along(mode, seeds.map(String))}`,
  place: { two: (u: number) => percent(u), four: (u: number, v: number) => `${percent(u)}, ${percent(v)}` },
  parts: (t: string | undefined) => (t === undefined ? "never parts" : `t = ${t}`),
  said: (frame: number, total: number) => `frame ${frame} of ${total}`,
  saidTwo: (u: number) => `${percent(u)} of the way from A to B`,
  saidFour: (u: number, v: number) => `${percent(u)} across, ${percent(v)} down`,
  saidParts: (t: string | undefined) => (t === undefined ? "never parts" : `parts at t = ${t}`),
  near: "a neighbour stands in for it",
  guess: "as the network expects it to become",
  picture: (images: number, what: string) => `${count(images, "image")}: ${what}`,
  begun: (frames: number) => `${count(frames, "frame")}, the ends first`,
  play: "Play the loop",
  pause: "Pause the loop",
  seed: (corner: Corner) => `Seed ${corner}`,
  sameAsA: "class of A",
  anyClass: "any class",
} as const;
