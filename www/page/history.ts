/** The steps already computed, within a bound of memory. */

import { type Frame, weightOf } from "./frame.ts";

/** Keep at most this much of a run: a thousand steps of 36 grey 28 x 28 pictures fit, longer or larger runs are thinned. */
export const MOST_BYTES = 96e6;

/**
 * The frames of one run, in order. When they grow beyond the bound every second one is dropped, and from then on only
 * steps that are multiples of the doubled stride are kept; the first and the newest always are.
 */
export class History {
  private frames: Frame[] = [];
  private bytes = 0;
  private stride = 1;
  private readonly bound: number;

  /** An empty history that keeps at most `bound` bytes of pixels, and never fewer than three frames. */
  constructor(bound = MOST_BYTES) {
    this.bound = bound;
  }

  /** How many frames are kept. */
  get length(): number {
    return this.frames.length;
  }

  /** The newest step; 0 when there is none, or only the noise before the first. */
  get newest(): number {
    return this.frames.at(-1)?.step ?? 0;
  }

  /** The frame at a position, 0 the oldest. */
  at(position: number): Frame | undefined {
    return this.frames[position];
  }

  /** Position of the last kept frame that is not later than this step. */
  position(step: number): number {
    let low = 0;
    let high = this.frames.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.frames[middle]?.step ?? 0) <= step) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }

  /** Adds the newest frame. */
  push(frame: Frame): void {
    const last = this.frames.at(-1);
    if (last && last.step > 0 && last.step % this.stride !== 0) this.drop(this.frames.length - 1);
    this.frames.push(frame);
    this.bytes += weightOf(frame);
    while (this.bytes > this.bound && this.frames.length > 3) this.thin();
  }

  private thin(): void {
    this.stride *= 2;
    const newest = this.newest;
    this.frames = this.frames.filter((frame) => frame.step % this.stride === 0 || frame.step === newest);
    this.bytes = this.frames.reduce((sum, frame) => sum + weightOf(frame), 0);
  }

  private drop(position: number): void {
    const [frame] = this.frames.splice(position, 1);
    if (frame) this.bytes -= weightOf(frame);
  }
}
