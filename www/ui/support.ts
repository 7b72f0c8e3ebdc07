/** What stands in the way of running at all, before anything is downloaded. */

/** The smallest module that uses SIMD128: a function of `i8x16.splat` and `i8x16.popcnt`. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Why nothing can run here; undefined where it can. */
export function obstacle(): "noFiles" | "noWebAssembly" | "noSimd" | undefined {
  if (location.protocol === "file:") return "noFiles";
  if (typeof WebAssembly === "undefined") return "noWebAssembly";
  return WebAssembly.validate(SIMD) ? undefined : "noSimd";
}
