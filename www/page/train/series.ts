/** A number over the steps of a training, as few points as a plot can show. */

/** More than these are merged, two by two. */
const MOST = 800;

/** How much of the smoothed number each new one replaces, where there are few; with many it replaces less. */
const SMOOTHING = 0.08;

/** A mean over some steps, and the last of them. */
export type Point = readonly [step: number, value: number];

/** Grows by one report at a time. */
export class Series {
  points: Point[] = [];
  /** Steps that a point stands for. */
  private span = 1;
  private waiting: Point[] = [];

  /** Takes the mean since the report before. */
  add(step: number, value: number): void {
    this.waiting.push([step, value]);
    if (this.waiting.length < this.span) return;
    this.points.push(merged(this.waiting));
    this.waiting = [];
    if (this.points.length < MOST) return;
    this.points = this.points.flatMap((_, i) => (i % 2 === 1 ? [merged(this.points.slice(i - 1, i + 1))] : []));
    this.span *= 2;
  }

  /** The same, smoothed: a mean of those before, the newest counting most. */
  get smoothed(): Point[] {
    let mean: number | undefined;
    return this.points.map(([step, value], i) => {
      const share = Math.max(SMOOTHING, 1 / (i + 1));
      mean = mean === undefined ? value : (1 - share) * mean + share * value;
      return [step, mean];
    });
  }
}

function merged(some: readonly Point[]): Point {
  const last = some.at(-1)?.[0] ?? 0;
  return [last, some.reduce((sum, [, value]) => sum + value, 0) / some.length];
}
