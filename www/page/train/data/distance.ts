/** How far two clouds of points are from being of one distribution. */

/**
 * The energy distance, 2 E|X - Y| - E|X - X'| - E|Y - Y'|: 0 where both are of one distribution (Székely and Rizzo 2013). Of so many
 * points of each; pairs of a point with itself are left out, so that it is 0 in the mean and can be a little less.
 */
export function energyDistance(some: Float32Array, others: Float32Array, most: number): number {
  const [x, y] = [some.subarray(0, 2 * most), others.subarray(0, 2 * most)];
  return 2 * meanDistance(x, y) - meanDistance(x, x) - meanDistance(y, y);
}

function meanDistance(some: Float32Array, others: Float32Array): number {
  let [sum, pairs] = [0, 0];
  for (let i = 0; i < some.length; i += 2) {
    for (let j = 0; j < others.length; j += 2) {
      if (some === others && i === j) continue;
      const across = (some[i] ?? 0) - (others[j] ?? 0);
      const up = (some[i + 1] ?? 0) - (others[j + 1] ?? 0);
      sum += Math.sqrt(across * across + up * up);
      pairs += 1;
    }
  }
  return pairs === 0 ? 0 : sum / pairs;
}
