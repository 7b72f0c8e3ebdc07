/** Where the visitor of the view "Interpolate" looks: at a frame, led by hand or by the loop. */

import { find } from "../dom.ts";
import { Loop, partOf } from "./loop.ts";
import { DEFAULTS, frameAt, type Layout, placeOf } from "./settings.ts";

/** A place among the frames, and the loop that moves it. */
export class Gaze {
  /** The place, from 0 to 1 across and down. */
  at: [number, number] = [...DEFAULTS.at];
  private readonly loop = new Loop((frame) => this.look(frame));
  private readonly layout: () => Layout;
  private readonly onChange: () => void;
  private resumes = false;

  /** Looks at the frames of what `layout` gives at the time; `onChange` is called whenever the place or the loop has changed. */
  constructor(layout: () => Layout, onChange: () => void) {
    this.layout = layout;
    this.onChange = onChange;
  }

  /** Whether the loop plays. */
  get plays(): boolean {
    return this.loop.on;
  }

  /** Looks at a frame, which ends the loop. */
  seek(frame: number): void {
    this.loop.pause();
    this.look(frame);
  }

  /** Plays the loop from where the place is; where the view is hidden, once it appears. */
  play(): void {
    const layout = this.layout();
    const shown = frameAt(this.at, layout);
    this.resumes = find("interpolate").hidden === true;
    if (!this.resumes) this.loop.play(partOf(shown, layout) === undefined ? 0 : shown, layout);
    this.onChange();
  }

  /** Ends the loop. */
  pause(): void {
    this.loop.pause();
    this.onChange();
  }

  /** Ends the loop for good: it does not go on when the view appears. */
  rest(): void {
    this.resumes = false;
    this.loop.pause();
  }

  /** The view appears, or is left: the loop waits meanwhile. */
  appear(seen: boolean): void {
    if (!seen) {
      this.resumes ||= this.loop.on;
      this.loop.pause();
    } else if (this.resumes) this.play();
  }

  private look(frame: number): void {
    this.at = placeOf(frame, this.layout());
    this.onChange();
  }
}
