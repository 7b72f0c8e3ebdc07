/** An interpolation in the address: the other corners' seeds and classes, how many frames, and where the visitor looks. */

import type { Model } from "../../src/index.ts";
import { classesOf } from "../../ui/labels.ts";
import { KINDS, type Kind, whole } from "../../ui/options.ts";
import {
  BOUNDS,
  COUNT_OF,
  type CornerClass,
  DEFAULTS,
  type InterpolationSettings,
  type Mode,
  VARIATIONS,
} from "../interpolate/settings.ts";
import { rangeSaid, SEED } from "../panel/numbers.ts";
import { t } from "../texts.ts";
import { classFromAddress } from "./address.ts";
import { classInAddress, type Parameters } from "./link.ts";

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
  /** What cannot be taken, what could, and what stands there instead. */
  refused: { name: string; given: string; allowed: string; kept?: string }[];
}

const OTHERS = ["b", "c", "d"] as const;

/** The parameters of an interpolation, beside those of its steps. */
export function morphParameters(s: InterpolationSettings, info: Model["info"]): Parameters {
  const labels = classesOf(info);
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
  const read = <T>(name: string, kind: Kind<T>) => {
    const given = get(name);
    const value = given === undefined ? undefined : kind.parse(given.trim());
    if (given !== undefined && value === undefined) {
      const kept = { frames: DEFAULTS[COUNT_OF[mode]], variations: DEFAULTS.variations }[name];
      refused.push({ name, given, allowed: rangeSaid(kind), ...(kept && { kept: String(kept) }) });
    }
    return value;
  };
  const seeds = OTHERS.map((corner) => read(corner, SEED));
  const [least, most] = BOUNDS[COUNT_OF[mode]];
  const count = read("frames", whole(least, most));
  const variations = read("variations", VARIATION);
  const at = read("at", PLACE);
  return {
    mode,
    seeds,
    classes: ["class", ...OTHERS.map((corner) => `class${corner}`)].map(get),
    ...(count !== undefined && { count }),
    ...(variations !== undefined && { variations }),
    ...(at !== undefined && { at }),
    refused,
  };
}

/** The settings that an address asks for, with seeds of its own where it names none; names of what the model does not have. */
export function morphSettings(morph: Morph, seeds: InterpolationSettings["seeds"], info: Model["info"]) {
  const unknown: { name: string; given: string }[] = [];
  const classOf = (index: number): CornerClass => {
    const asked = morph.classes[index];
    if (asked === undefined || asked === "same") return index === 0 ? "any" : "same";
    const found = classFromAddress(asked, classesOf(info));
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
const PLACE: Kind<[number, number]> = {
  get allowed() {
    return t("places");
  },
  parse(text) {
    const [across, down = 0, ...more] = KINDS.at.parse(text) ?? [];
    return across === undefined || more.length > 0 ? undefined : [across, down];
  },
};

/** How many images part at each point. */
const VARIATION: Kind<number> = {
  get allowed() {
    return t("variationCounts");
  },
  parse: (text) => VARIATIONS.find((count) => String(count) === text),
};
