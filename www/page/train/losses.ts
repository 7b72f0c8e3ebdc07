/** The losses of a training, as few numbers as a plot can show. */

/** More than these are merged, two by two. */
const MOST = 800;

/** How much of the smoothed loss each new one replaces, where there are few; with many it replaces less. */
const SMOOTHING = 0.08;

/** A mean loss of some steps, and the last of them. */
export type Loss = readonly [step: number, loss: number];

/** Grows by one report at a time. */
export class Losses {
  points: Loss[] = [];
  /** Steps that a point stands for. */
  private span = 1;
  private waiting: Loss[] = [];

  /** Takes the mean loss since the report before. */
  add(step: number, loss: number): void {
    this.waiting.push([step, loss]);
    if (this.waiting.length < this.span) return;
    this.points.push(merged(this.waiting));
    this.waiting = [];
    if (this.points.length < MOST) return;
    this.points = this.points.flatMap((_, i) => (i % 2 === 1 ? [merged(this.points.slice(i - 1, i + 1))] : []));
    this.span *= 2;
  }

  /** The same, smoothed: a mean of those before, the newest counting most. */
  get smoothed(): Loss[] {
    let mean: number | undefined;
    return this.points.map(([step, loss], i) => {
      const share = Math.max(SMOOTHING, 1 / (i + 1));
      mean = mean === undefined ? loss : (1 - share) * mean + share * loss;
      return [step, mean];
    });
  }
}

function merged(some: readonly Loss[]): Loss {
  const last = some.at(-1)?.[0] ?? 0;
  return [last, some.reduce((sum, [, loss]) => sum + loss, 0) / some.length];
}
