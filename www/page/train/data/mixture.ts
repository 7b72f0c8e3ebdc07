/** Eight Gaussians on a ring. The density of this mixture is known at every noise level, and so is its score. */

import { drawEach } from "./points.ts";

const COUNT = 8;
/** Standard deviation of one of them, and the radius at which x and y of the mixture have variance 1. */
const DEVIATION = 0.15;
const RADIUS = Math.sqrt(2 * (1 - DEVIATION ** 2));

/** The middle of one of them. */
function middle(index: number): [x: number, y: number] {
  const angle = (2 * Math.PI * index) / COUNT;
  return [RADIUS * Math.cos(angle), RADIUS * Math.sin(angle)];
}

export function mixture(count: number, seed: number): Float32Array {
  return drawEach(count, seed, (dice) => {
    const [x, y] = middle(dice.below(COUNT));
    return [x + DEVIATION * dice.normal(), y + DEVIATION * dice.normal()];
  });
}

/**
 * The gradient of the log density of the diffused mixture, where alpha-bar is `kept`: sqrt(kept) x + sqrt(1 - kept) eps is a mixture
 * of Gaussians again.
 */
export function mixtureScore(points: Float32Array, kept: number): Float32Array {
  const variance = kept * DEVIATION ** 2 + 1 - kept;
  const shrunk = Math.sqrt(kept);
  const score = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const away = Array.from({ length: COUNT }, (_, k) => {
      const [x, y] = middle(k);
      return [shrunk * x - (points[i] ?? 0), shrunk * y - (points[i + 1] ?? 0)] as const;
    });
    const logs = away.map(([x, y]) => -(x * x + y * y) / (2 * variance));
    const most = Math.max(...logs);
    const weights = logs.map((log) => Math.exp(log - most));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    for (const [k, [x, y]] of away.entries()) {
      const share = (weights[k] ?? 0) / (sum * variance);
      score[i] = (score[i] ?? 0) + share * x;
      score[i + 1] = (score[i + 1] ?? 0) + share * y;
    }
  }
  return score;
}
