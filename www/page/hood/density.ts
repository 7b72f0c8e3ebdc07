/** What Sohl-Dickstein et al. 2015 bound: the log density of the picture, by K, and the entropy of every reverse step. */

import type { Likelihood } from "../../src/index.ts";
import { rowOf } from "../dom.ts";
import { decimal, exponential, t } from "../texts.ts";
import type { Found } from "./bound.ts";
import type { Line } from "./curves.ts";

/** Bits per dimension in three places; what is smaller keeps two digits. */
export function bits(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return exponential(value);
  return decimal(value, 3, false).replaceAll("-", "−");
}

/** K beside L_null for each method that has one. */
export function densityRows(found: readonly Found[]): HTMLElement[] {
  return found.flatMap(({ name, bound: { k, lNull } }) =>
    k === null || lNull === null ? [] : [rowOf(name, [k, lNull, k - lNull].map(bits))],
  );
}

/** The bounds of the entropy over the levels of the steps. */
export function entropyLines({ entropyBounds }: Likelihood, levels: readonly number[]): Line[] {
  const line = (name: string, side: 0 | 1): Line => ({
    name,
    chosen: false,
    points: entropyBounds.map((bounds, index) => [levels[index] ?? index, bounds[side]]),
  });
  return [line(t("entropyLeast"), 0), line(t("entropyMost"), 1)];
}
