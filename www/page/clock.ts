/** How long steps take: on the run at hand, and on this machine in general. */

/** The median of the newest steps is what a step takes: a browser busy for a moment does not show. */
const WINDOW = 9;

/** Where measured speeds are kept between visits. */
const STORE = "unnoise.speed";

/** The time of one run's steps. */
export class StepClock {
  /** Milliseconds of every step, in order. */
  readonly times: number[] = [];
  /** Milliseconds that all steps took together. */
  total = 0;

  /** Adds a step's time. */
  add(ms: number): void {
    this.total += ms;
    this.times.push(ms);
  }

  /** Milliseconds a step: the median of the newest; undefined before the first. */
  get perStep(): number | undefined {
    const sorted = this.times.slice(-WINDOW).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}

/** Milliseconds that one image's step takes here with this back end and model; undefined when never measured. */
export function knownSpeed(key: string): number | undefined {
  const ms = read()[key];
  return typeof ms === "number" && ms > 0 && Number.isFinite(ms) ? ms : undefined;
}

/** Remembers what one image's step takes. Where the browser stores nothing, it is kept for this visit. */
export function rememberSpeed(key: string, ms: number): void {
  const speeds = { ...read(), [key]: Math.round(ms * 100) / 100 };
  visit = speeds;
  try {
    localStorage.setItem(STORE, JSON.stringify(speeds));
  } catch {
    // Storage is full or forbidden: `visit` holds the speeds.
  }
}

let visit: Record<string, unknown> = {};

function read(): Record<string, unknown> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORE) ?? "{}");
    return typeof stored === "object" && stored !== null ? { ...stored, ...visit } : visit;
  } catch {
    return visit;
  }
}
