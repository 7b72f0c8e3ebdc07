/** The steps already computed, within a bound of memory. */
import { type Frame, weightOf } from "./frame.ts";

/** At most this many bytes of a run are kept: a thousand steps of 36 grey 28 x 28 pictures fit, longer or larger runs are thinned. */
export const MOST_BYTES = 96e6;

/**
 * The frames of one run, in order. When they grow beyond the bound every second one is dropped, and from then on only every
 * n-th step is kept, with n doubled each time; the first and the newest always are.
 */
export class History {
  #frames: Frame[] = [];
  #stride = 1;
  readonly #bound: number;

  /** An empty history that keeps at most `bound` bytes, and never fewer than three frames. */
  constructor(bound = MOST_BYTES) {
    this.#bound = bound;
  }

  /** How many frames are kept. */
  get length(): number {
    return this.#frames.length;
  }

  /** The newest step; 0 where there is none, or only the noise before the first. */
  get newest(): number {
    return this.#frames.at(-1)?.step ?? 0;
  }

  /** The frame at a position, 0 the oldest. */
  at(position: number): Frame | undefined {
    return this.#frames[position];
  }

  /** Position of the last kept frame that is not later than this step. */
  position(step: number): number {
    const later = this.#frames.findIndex((frame) => frame.step > step);
    return Math.max(0, (later < 0 ? this.#frames.length : later) - 1);
  }

  /** Adds the newest frame. */
  push(frame: Frame): void {
    const last = this.#frames.at(-1);
    if (last && !this.#keeps(last)) this.#frames.pop();
    this.#frames.push(frame);
    while (this.#bytes > this.#bound && this.#frames.length > 3) {
      this.#stride *= 2;
      this.#frames = this.#frames.filter((kept) => kept === frame || this.#keeps(kept));
    }
  }

  get #bytes(): number {
    return this.#frames.reduce((sum, frame) => sum + weightOf(frame), 0);
  }

  /** Whether the stride meets a frame, counted from the first. */
  #keeps({ step }: Frame): boolean {
    return (step - (this.#frames[0]?.step ?? 0)) % this.#stride === 0;
  }
}
