/** The dark fields of a board of 4 x 4. */

import { drawEach } from "./points.ts";

const SIDE = 4;
/** Half of the board's side, at which x and y have variance 1: they are uniform each. */
const HALF = Math.sqrt(3);

export function checkerboard(count: number, seed: number): Float32Array {
  return drawEach(count, seed, (dice) => {
    const row = dice.below(SIDE);
    const column = 2 * dice.below(SIDE / 2) + (row % 2);
    const at = (field: number) => HALF * ((2 * (field + dice.uniform())) / SIDE - 1);
    return [at(column), at(row)];
  });
}
