/** Where the visitor looks: at a frame, led by hand or by the loop, which has no seam: there and back along a line, once around a square. */

import { signal } from "@preact/signals-core";
import { find } from "../dom.ts";
import { frameAt, type Layout, placeOf } from "./settings.ts";
import type { Store } from "./state.ts";

/** One way along a line, or along a side of a square, takes about so long; few frames take less, many more. */
const FRAME_MS = 160;
const TURN_MS: readonly [number, number] = [2400, 9000];

/** The frames of one turn of the loop, each as often as it is met: what an animation of the loop consists of. */
export function loopOf({ columns, rows }: Layout): number[] {
  const line = Array.from({ length: columns }, (_, column) => column);
  if (rows === 1) return [...line, ...line.slice(1, -1).reverse()];
  const last = (rows - 1) * columns;
  const right = Array.from({ length: rows - 2 }, (_, row) => (row + 2) * columns - 1);
  const left = Array.from({ length: rows - 2 }, (_, row) => (row + 1) * columns).reverse();
  return [...line, ...right, ...line.map((column) => last + column).reverse(), ...left];
}

/** Milliseconds of one turn. */
function turnTime(layout: Layout): number {
  const [least, most] = TURN_MS;
  return Math.min(most, Math.max(least, FRAME_MS * loopOf(layout).length));
}

/** The frame at a part of a turn, 0 to 1. Along a line it is slow at the ends, where it turns back. */
export function frameOfTurn(part: number, layout: Layout): number {
  const { columns, rows } = layout;
  if (rows === 1) return Math.round(((columns - 1) * (1 - Math.cos(2 * Math.PI * part))) / 2);
  const loop = loopOf(layout);
  return loop[Math.floor(part * loop.length) % loop.length] ?? 0;
}

/** The part of a turn at which a frame is met first; undefined where the loop leaves it out. */
export function partOf(frame: number, layout: Layout): number | undefined {
  const { columns, rows } = layout;
  if (rows === 1) return Math.acos(1 - (2 * frame) / Math.max(1, columns - 1)) / (2 * Math.PI);
  const loop = loopOf(layout);
  const at = loop.indexOf(frame);
  return at < 0 ? undefined : at / loop.length;
}

/** Plays the loop while it is asked to, a frame at a time, on the browser's own beat. */
class Loop {
  /** The next beat, while it plays. */
  private beat: number | undefined;
  private part = 0;
  private layout: Layout = { columns: 2, rows: 1, images: 1 };
  private readonly show: (frame: number) => void;

  /** `show` hears of every frame. */
  constructor(show: (frame: number) => void) {
    this.show = show;
  }

  /** Plays on from a frame. */
  play(from: number, layout: Layout): void {
    this.pause();
    this.part = partOf(from, layout) ?? 0;
    this.layout = layout;
    let last = performance.now();
    const step = (now: number) => {
      this.beat = requestAnimationFrame(step);
      this.part = (this.part + Math.max(0, now - last) / turnTime(this.layout)) % 1;
      last = now;
      this.show(frameOfTurn(this.part, this.layout));
    };
    this.beat = requestAnimationFrame(step);
  }

  /** Holds still. */
  pause(): void {
    if (this.beat !== undefined) cancelAnimationFrame(this.beat);
    this.beat = undefined;
  }
}

/** A place among the frames, and the loop that moves it. */
export class Gaze {
  private readonly loop = new Loop((frame) => this.look(frame));
  /** Whether the loop plays. */
  readonly plays = signal(false);
  private readonly at: Store["at"];
  private readonly layout: () => Layout;
  private resumes = false;

  /** Moves `at` over the frames of what `layout` gives at the time. */
  constructor(at: Store["at"], layout: () => Layout) {
    this.at = at;
    this.layout = layout;
  }

  /** Looks at a frame, which ends the loop. */
  seek(frame: number): void {
    this.pause();
    this.look(frame);
  }

  /** Plays the loop from where the place is; where the view is hidden, once it appears. */
  play(): void {
    const layout = this.layout();
    const shown = frameAt(this.at.value, layout);
    this.resumes = find("interpolate").hidden === true;
    if (this.resumes) return;
    this.loop.play(partOf(shown, layout) === undefined ? 0 : shown, layout);
    this.plays.value = true;
  }

  /** Ends the loop. */
  pause(): void {
    this.loop.pause();
    this.plays.value = false;
  }

  /** Ends the loop for good: it does not go on when the view appears. */
  rest(): void {
    this.resumes = false;
    this.pause();
  }

  /** The view appears, or is left: the loop waits meanwhile. */
  appear(seen: boolean): void {
    if (!seen) {
      this.resumes ||= this.plays.value;
      this.pause();
    } else if (this.resumes) this.play();
  }

  private look(frame: number): void {
    this.at.value = placeOf(frame, this.layout());
  }
}
