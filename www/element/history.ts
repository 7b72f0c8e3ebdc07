/** The steps already computed, within a bound of memory. */
import type { Step } from "../src/index.ts";

/** Keep at most this much of a run, in bytes of its floats. */
const MOST_BYTES = 64e6;

/**
 * The steps of one run, in order. When they grow beyond the bound every second one is dropped, and from then on only
 * multiples of the doubled stride are kept; the newest always is.
 */
export class History {
  #steps: Step[] = [];
  #stride = 1;

  /** How many steps are kept. */
  get length(): number {
    return this.#steps.length;
  }

  /** The step at a position, 0 the oldest. */
  at(position: number): Step | undefined {
    return this.#steps[position];
  }

  /** Position of the last kept step that is not later than this one, counted from 1. */
  position(step: number): number {
    const later = this.#steps.findIndex(({ index }) => index + 1 > step);
    return Math.max(0, (later < 0 ? this.#steps.length : later) - 1);
  }

  /** Adds the newest step. */
  push(step: Step): void {
    const last = this.#steps.at(-1);
    if (last && last.index % this.#stride !== 0) this.#steps.pop();
    this.#steps.push(step);
    const bytes = 4 * (step.x0().length + step.xt().length);
    while (this.#steps.length * bytes > MOST_BYTES && this.#steps.length > 2) this.#thin();
  }

  #thin(): void {
    this.#stride *= 2;
    const newest = this.#steps.at(-1);
    this.#steps = this.#steps.filter((step) => step.index % this.#stride === 0 || step === newest);
  }
}
