/** What stands in the way of running at all, before anything is downloaded. */
import { texts } from "./texts.ts";

/** The smallest module that uses SIMD128: a function of `i8x16.splat` and `i8x16.popcnt`. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Why nothing can run here, as a sentence; undefined where it can. */
export function obstacle(): string | undefined {
  if (location.protocol === "file:") return texts.noFiles;
  if (typeof WebAssembly === "undefined") return texts.noWebAssembly;
  return WebAssembly.validate(SIMD) ? undefined : texts.noSimd;
}
