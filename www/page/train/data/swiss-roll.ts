/** The swiss roll: a spiral of one and a half turns, as in figure 1 of Sohl-Dickstein et al. 2015. */

import { drawEach, standardised } from "./points.ts";

const NOISE = 0.25;

export function swissRoll(count: number, seed: number): Float32Array {
  return standardised(
    drawEach(count, seed, (dice) => {
      const angle = 1.5 * Math.PI * (1 + 2 * dice.uniform());
      return [angle * Math.cos(angle) + NOISE * dice.normal(), angle * Math.sin(angle) + NOISE * dice.normal()];
    }),
  );
}
