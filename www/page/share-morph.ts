/** An interpolation in the address: the other corners' seeds and classes, how many frames, and where the visitor looks. */

import type { Model } from "../src/index.ts";
import { classFromAddress } from "./address.ts";
import { labelsOf } from "./classes.ts";
import { BOUNDS, type CornerClass, type InterpolationSettings, type Mode, VARIATIONS } from "./interpolation.ts";
import { classInAddress, type Parameters } from "./share-link.ts";
import { texts } from "./texts.ts";

/** What an address says of an interpolation. Classes are names and numbers still, which only a model can judge. */
export interface Morph {
  mode: Mode;
  /** Seeds of B, C and D. */
  seeds: (number | undefined)[];
  /** Classes of A, B, C and D. */
  classes: (string | undefined)[];
  count?: number;
  variations?: number;
  at?: [number, number];
  /** What cannot be taken, and what could. */
  refused: { name: string; given: string; allowed: string }[];
}

const OTHERS = ["b", "c", "d"] as const;

/** Which count each mode has in place of `frames`. */
const COUNT_OF = { two: "frames", four: "side", variations: "points" } as const;

/** The parameters of an interpolation, beside those of its steps. */
export function morphParameters(s: InterpolationSettings, info: Model["info"]): Parameters {
  const labels = labelsOf(info);
  const found: Parameters = {};
  const corners = { two: 1, four: 3, variations: 0 }[s.mode];
  for (const [index, corner] of OTHERS.slice(0, corners).entries()) {
    found[corner] = s.seeds[index + 1] ?? 0;
    const choice = s.classes[index + 1] ?? "same";
    if (labels.length > 0) found[`class${corner}`] = choice === "same" ? choice : classInAddress(choice, labels);
  }
  const counts = { frames: s[COUNT_OF[s.mode]], ...(s.mode === "variations" && { variations: s.variations }) };
  return { ...found, ...counts, at: s.mode === "four" ? s.at.join(" ") : s.at[0] };
}

/** Reads the same by what `get` gives for each name; undefined where no interpolation is asked for. */
export function readMorph(get: (name: string) => string | undefined): Morph | undefined {
  const has = (name: string) => get(name) !== undefined;
  if (!has("b") && !has("variations")) return undefined;
  const mode: Mode = has("variations") ? "variations" : has("c") || has("d") ? "four" : "two";
  const refused: Morph["refused"] = [];
  const number = (name: string, takes: (n: number) => boolean, allowed: string) => {
    const given = get(name);
    if (given === undefined) return undefined;
    if (/^\d+$/.test(given) && takes(Number(given))) return Number(given);
    refused.push({ name, given, allowed });
    return undefined;
  };
  const [least, most] = BOUNDS[COUNT_OF[mode]];
  const seeds = OTHERS.map((corner) => number(corner, Number.isSafeInteger, texts.seedRange));
  const count = number("frames", (n) => n >= least && n <= most, texts.wholeNumber(least, most));
  const variations = number("variations", (n) => VARIATIONS.some((v) => v === n), VARIATIONS.join(" or "));
  const place = get("at");
  const at = placeIn(place);
  if (at === "refused") refused.push({ name: "at", given: place ?? "", allowed: texts.place });
  return {
    mode,
    seeds,
    classes: ["class", ...OTHERS.map((corner) => `class${corner}`)].map(get),
    ...(count !== undefined && { count }),
    ...(variations !== undefined && { variations }),
    ...(at !== undefined && at !== "refused" && { at }),
    refused,
  };
}

/** The settings that an address asks for, with seeds of its own where it names none; names of what the model does not have. */
export function morphSettings(morph: Morph, seeds: InterpolationSettings["seeds"], info: Model["info"]) {
  const unknown: { name: string; given: string }[] = [];
  const classOf = (index: number): CornerClass => {
    const asked = morph.classes[index];
    if (asked === undefined || asked === "same") return index === 0 ? "any" : "same";
    const found = classFromAddress(asked, labelsOf(info));
    if (found !== undefined && found !== "each") return found;
    // Generate's own class is judged with its control.
    if (index > 0) unknown.push({ name: `class${OTHERS[index - 1]}`, given: asked });
    return index === 0 ? "any" : "same";
  };
  const [a, b, c, d] = seeds;
  const settings: Partial<InterpolationSettings> = {
    mode: morph.mode,
    seeds: [a, morph.seeds[0] ?? b, morph.seeds[1] ?? c, morph.seeds[2] ?? d],
    classes: [classOf(0), classOf(1), classOf(2), classOf(3)],
    ...(morph.count !== undefined && { [COUNT_OF[morph.mode]]: morph.count }),
    ...(morph.variations !== undefined && { variations: morph.variations }),
    ...(morph.at && { at: morph.at }),
  };
  return { settings, unknown };
}

/** "0.5" and "0.5 0.25": across, and down. */
function placeIn(text: string | undefined): [number, number] | "refused" | undefined {
  if (text === undefined) return undefined;
  const parts = text.trim().split(/[\s,]+/);
  const [across = Number.NaN, down = 0] = parts.map((part) => (part === "" ? Number.NaN : Number(part)));
  const inside = (n: number) => n >= 0 && n <= 1;
  return parts.length <= 2 && inside(across) && inside(down) ? [across, down] : "refused";
}
