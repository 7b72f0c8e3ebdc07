/** Whether the browser has relaxed SIMD, whose fused multiply-add makes the CPU module faster (a fifth on the machine of docs/bench.md). */

/** A module whose one function is f32x4.relaxed_madd of three vectors. */
const MODULE = [
  [0, 97, 115, 109, 1, 0, 0, 0],
  // One type: nothing in, a vector out; one function of it.
  [1, 5, 1, 96, 0, 1, 123],
  [3, 2, 1, 0],
  // Its code: three times a number in all lanes, then the instruction.
  [10, 19, 1, 17, 0, 65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11],
];

/** Whether a module with such an instruction can be compiled here. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(Uint8Array.from(MODULE.flat()));
}
