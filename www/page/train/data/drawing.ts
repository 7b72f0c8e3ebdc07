/** Points along lines that were drawn by hand. */

import { drawEach, spreadOf, standardised } from "./points.ts";

/** A line, or a dot: its corners, two numbers each. */
export type Line = readonly number[];

/** Half of the pen's width, in the plane's units, and how long a dot is to the count of points. */
const PEN = 0.04;
const DOT = 0.1;

/** A drawing smaller than this, in standard deviations, is enlarged; any other stays where it was drawn. */
const SMALL = 0.4;

/** A part of a line from one corner to the next. */
interface Part {
  from: readonly [number, number];
  to: readonly [number, number];
  length: number;
}

/** So many points of the lines, evenly over their length; none where there are no lines. */
export function drawing(lines: readonly Line[], count: number, seed: number): Float32Array {
  const parts = lines.flatMap(partsOf);
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  if (total === 0) return new Float32Array(0);
  const points = drawEach(count, seed, (dice) => {
    const { from, to } = partAt(parts, total * dice.uniform());
    const share = dice.uniform();
    const at = (axis: 0 | 1) => from[axis] + share * (to[axis] - from[axis]) + PEN * dice.normal();
    return [at(0), at(1)];
  });
  return spreadOf(points).deviation < SMALL ? standardised(points) : points;
}

/** The part at this length from the beginning. */
function partAt(parts: readonly Part[], length: number): Part {
  let rest = length;
  for (const part of parts) {
    if (rest < part.length) return part;
    rest -= part.length;
  }
  return parts[0] ?? { from: [0, 0], to: [0, 0], length: 0 };
}

function partsOf(line: Line): Part[] {
  const corners = Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i] ?? 0, line[2 * i + 1] ?? 0] as const);
  const [first] = corners;
  if (!first) return [];
  if (corners.length === 1) return [{ from: first, to: first, length: DOT }];
  return corners.slice(1).map((to, i) => {
    const from = corners[i] ?? to;
    return { from, to, length: Math.hypot(to[0] - from[0], to[1] - from[1]) };
  });
}
