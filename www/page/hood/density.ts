/** The log density of the picture, which Sohl-Dickstein et al. 2015 bound by K. */

import { rowOf } from "../dom.ts";
import { decimal, exponential } from "../texts.ts";
import type { Found } from "./bound.ts";

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
