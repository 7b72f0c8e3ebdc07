/** An interpolation in the address: the other corners' seeds and classes, how many frames, and where the visitor looks. */

import type { Model } from "../src/index.ts";
import { classFromAddress } from "./address.ts";
import { labelsOf } from "./classes.ts";
import { BOUNDS, type CornerClass, type InterpolationSettings, type Mode, VARIATIONS } from "./interpolation.ts";
import { classInAddress, type Parameters } from "./share-link.ts";

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
  /** Names in the address whose values make no sense. */
  refused: string[];
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

/** Reads the same; undefined where the address asks for no interpolation. */
export function readMorph(given: URLSearchParams): Morph | undefined {
  const has = (name: string) => given.has(name);
  if (!has("b") && !has("variations")) return undefined;
  const mode: Mode = has("variations") ? "variations" : has("c") || has("d") ? "four" : "two";
  const refused: string[] = [];
  const number = (name: string, allowed: (n: number) => boolean) => {
    const value = given.get(name);
    if (value === null) return undefined;
    if (/^\d+$/.test(value) && allowed(Number(value))) return Number(value);
    refused.push(name);
    return undefined;
  };
  const [least, most] = BOUNDS[COUNT_OF[mode]];
  const seeds = OTHERS.map((corner) => number(corner, Number.isSafeInteger));
  const count = number("frames", (n) => n >= least && n <= most);
  const variations = number("variations", (n) => VARIATIONS.some((allowed) => allowed === n));
  const at = placeIn(given.get("at"));
  if (at === "refused") refused.push("at");
  return {
    mode,
    seeds,
    classes: ["class", ...OTHERS.map((corner) => `class${corner}`)].map((name) => given.get(name) ?? undefined),
    ...(count !== undefined && { count }),
    ...(variations !== undefined && { variations }),
    ...(at !== undefined && at !== "refused" && { at }),
    refused,
  };
}

/** The settings that an address asks for, with seeds of its own where it names none; names of what the model does not have. */
export function morphSettings(morph: Morph, seeds: InterpolationSettings["seeds"], info: Model["info"]) {
  const unknown: string[] = [];
  const classOf = (index: number): CornerClass => {
    const asked = morph.classes[index];
    if (asked === undefined || asked === "same") return index === 0 ? "any" : "same";
    const found = classFromAddress(asked, labelsOf(info));
    if (found !== undefined && found !== "each") return found;
    // Generate's own class is judged with its control.
    if (index > 0) unknown.push(`class${OTHERS[index - 1]}`);
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
function placeIn(text: string | null): [number, number] | "refused" | undefined {
  if (text === null) return undefined;
  const parts = text.trim().split(/[\s,]+/);
  const [across = Number.NaN, down = 0] = parts.map((part) => (part === "" ? Number.NaN : Number(part)));
  const inside = (n: number) => n >= 0 && n <= 1;
  return parts.length <= 2 && inside(across) && inside(down) ? [across, down] : "refused";
}
