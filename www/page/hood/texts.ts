/** Numbers of the cards that compute. */

import { decimal, exponential } from "../texts.ts";

/** Bits per dimension in three places; what is smaller keeps two digits. */
export function bits(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return exponential(value);
  return decimal(value, 3).replaceAll("-", "−");
}
