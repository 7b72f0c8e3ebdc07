import { invalid, looking, wrong } from "../errors.ts";

/** Below this sine of the angle, the straight line and the arc are equal to float32. */
const SMALLEST_SINE = 1e-6;

/**
 * Goes from one noise to another along the arc between them, so that every point has the length of noise: Song et al. 2020
 * (Denoising Diffusion Implicit Models), section 5.3 and appendix D.5. Computed in double precision over the whole array.
 *
 * @param a The start, for example from `noise`.
 * @param b The end, of the same length.
 * @param fraction How far to go: 0 gives a, 1 gives b; beyond either, the arc goes on.
 * @returns A new array of that length.
 * @throws UnnoiseError "invalid-a", "invalid-b" or "invalid-fraction".
 */
export function slerp(a: Float32Array, b: Float32Array, fraction: number): Float32Array {
  const isFloats = (name: string, value: unknown) => looking(name, () => value instanceof Float32Array);
  if (!isFloats("a", a)) throw invalid("a", a, "a Float32Array that is not empty");
  if (a.length === 0) throw wrong("a", "empty", "a Float32Array that is not empty");
  const asMany = `a Float32Array of ${a.length} elements, as many as \`a\``;
  if (!isFloats("b", b)) throw invalid("b", b, asMany);
  if (b.length !== a.length) throw wrong("b", `${b.length} elements long`, asMany);
  if (!Number.isFinite(fraction)) throw invalid("fraction", fraction, "a finite number, 0 for a and 1 for b");

  const theta = Math.acos(cosine(a, b));
  const sine = Math.sin(theta);
  const straight = !(sine >= SMALLEST_SINE);
  const fromA = straight ? 1 - fraction : Math.sin((1 - fraction) * theta) / sine;
  const fromB = straight ? fraction : Math.sin(fraction * theta) / sine;
  return a.map((value, i) => fromA * value + fromB * (b[i] ?? 0));
}

/** Cosine of the angle between two vectors; NaN where one of them is zero. */
function cosine(a: Float32Array, b: Float32Array): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  a.forEach((x, i) => {
    const y = b[i] ?? 0;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
}
