/** Two moons: half circles that reach into one another. */

import { drawEach, standardised } from "./points.ts";

const NOISE = 0.06;

export function twoMoons(count: number, seed: number): Float32Array {
  return standardised(
    drawEach(count, seed, (dice) => {
      const upper = dice.uniform() < 0.5;
      const angle = Math.PI * dice.uniform();
      const [x, y] = upper ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
      return [x + NOISE * dice.normal(), y + NOISE * dice.normal()];
    }),
  );
}
