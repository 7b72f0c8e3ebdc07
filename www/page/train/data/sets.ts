/** The data sets by their names. */

import type { Key } from "../../texts.ts";
import { checkerboard } from "./checkerboard.ts";
import { drawing, type Line } from "./drawing.ts";
import { mixture } from "./mixture.ts";
import { swissRoll } from "./swiss-roll.ts";
import { twoMoons } from "./two-moons.ts";
import { word, written } from "./word.ts";

/** Names of the sets, in the order in which they are offered. */
export const SETS = ["swiss-roll", "two-moons", "checkerboard", "mixture", "word", "drawing"] as const;

export type SetName = (typeof SETS)[number];

/** What the page says of each set. */
export const TOLD: Record<SetName, { name: Key; hint: Key }> = {
  "swiss-roll": { name: "trainSwissRoll", hint: "trainSwissRollHint" },
  "two-moons": { name: "trainTwoMoons", hint: "trainTwoMoonsHint" },
  checkerboard: { name: "trainCheckerboard", hint: "trainCheckerboardHint" },
  mixture: { name: "trainMixture", hint: "trainMixtureHint" },
  word: { name: "trainWord", hint: "trainWordHint" },
  drawing: { name: "trainDrawing", hint: "trainDrawingHint" },
};

/** What the visitor makes of the last two. */
export interface Own {
  word: string;
  lines: readonly Line[];
}

/** So many points of a set; none where nothing is written or drawn. */
export function pointsOf(name: SetName, { word: text, lines }: Own, count: number, seed: number): Float32Array {
  if (name === "word") return word(written(text), count, seed);
  if (name === "drawing") return drawing(lines, count, seed);
  return { "swiss-roll": swissRoll, "two-moons": twoMoons, checkerboard, mixture }[name](count, seed);
}
