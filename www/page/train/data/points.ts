/** Points of the plane: two floats each, x to the right and y upwards. */

import { Dice } from "./random.ts";

/** A data set: so many points that the seed decides. */
export type Draw = (count: number, seed: number) => Float32Array;

/** So many points, each drawn in turn. */
export function drawEach(count: number, seed: number, one: (dice: Dice) => [x: number, y: number]): Float32Array {
  const dice = new Dice(seed);
  const points = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) points.set(one(dice), 2 * i);
  return points;
}

/** Their middle, and the root of the mean of the variances of x and of y. */
export function spreadOf(points: Float32Array): { x: number; y: number; deviation: number } {
  const count = points.length / 2;
  let [x, y, squares] = [0, 0, 0];
  for (let i = 0; i < points.length; i += 2) {
    x += (points[i] ?? 0) / count;
    y += (points[i + 1] ?? 0) / count;
  }
  for (let i = 0; i < points.length; i += 2) {
    squares += ((points[i] ?? 0) - x) ** 2 + ((points[i + 1] ?? 0) - y) ** 2;
  }
  return { x, y, deviation: Math.sqrt(squares / (2 * count)) };
}

/** The same points around 0 with variance 1, the mean of x's and y's: the shape stays. */
export function standardised(points: Float32Array): Float32Array {
  const { x, y, deviation } = spreadOf(points);
  const scale = deviation > 0 ? 1 / deviation : 1;
  return points.map((value, i) => (value - (i % 2 === 0 ? x : y)) * scale);
}
