/** Sentences of the view "Interpolate" that are made of several texts. */

import { type Key, t } from "../texts.ts";
import type { Mode } from "./settings.ts";

/** "A", "B", "C" or "D". */
export type Corner = "A" | "B" | "C" | "D";

/** Of each mode: what it is, what the number below the seeds counts, and what that means. */
export const MODE_KEYS = {
  two: { hint: "modeTwo", count: "countFrames", countHint: "countFramesHint" },
  four: { hint: "modeFour", count: "countSide", countHint: "countSideHint" },
  variations: { hint: "modeVariations", count: "countPoints", countHint: "countPointsHint" },
} as const satisfies Record<Mode, Record<string, Key>>;

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
  const { mode, sampler } = s;
  if (mode === "variations") return variationsSentence(s);
  const arc = t(mode === "two" ? "arcTwo" : "arcFour");
  const noise = t(s.deterministic ? "sharedStart" : "sharedNoise", { arc, sampler });
  return s.classes.length > 0 ? `${noise} ${t("sharedClass", { classes: along(mode, s.classes) })}` : noise;
}

function variationsSentence({ deterministic, sampler, images, branch: { steps, of, t: at } }: Shared): string {
  if (deterministic) return t("variationsNone", { sampler });
  if (steps >= of) return t("variationsAll", { n: of });
  const place = at === undefined ? "" : t("atT", { t: at });
  return t(steps === 0 ? "variationsStart" : "variationsSome", { images, steps, of, place, sampler });
}

/** "9 frames", "5 × 4 images". */
export function framesSaid(frames: number, images: number): string {
  return images === 1 ? t("frames", { n: frames }) : t("framesTimes", { frames, images });
}
