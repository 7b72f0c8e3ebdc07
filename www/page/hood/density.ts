/** What Sohl-Dickstein et al. 2015 bound: the log density of the picture, by K, and the entropy of every reverse step. */

import type { Likelihood } from "../../src/index.ts";
import { bits } from "../texts.ts";
import type { Found } from "./bound.ts";
import type { Line } from "./curves.ts";
import { density } from "./texts.ts";

/** K beside L_null for each method that has one. */
export function densityRows(found: readonly Found[]): HTMLTableRowElement[] {
  return found.flatMap(({ name, bound: { k, lNull } }) =>
    k === null || lNull === null ? [] : [row(name, [k, lNull, k - lNull])],
  );
}

function row(name: string, values: number[]): HTMLTableRowElement {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = name;
  row.append(head);
  for (const value of values) row.insertCell().textContent = bits(value).replaceAll("-", "−");
  return row;
}

/** The bounds of the entropy over the levels of the steps. */
export function entropyLines({ entropyBounds }: Likelihood, levels: readonly number[]): Line[] {
  const line = (name: string, side: 0 | 1): Line => ({
    name,
    chosen: false,
    points: entropyBounds.map((bounds, index) => [levels[index] ?? index, bounds[side]]),
  });
  return [line(density.least, 0), line(density.most, 1)];
}
