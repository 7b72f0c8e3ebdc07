/** Plays a run: computes its steps one at a time, keeps them, and goes back and forth over those it has. */

import type { Step } from "../src/index.ts";
import { StepClock } from "./clock.ts";
import { type Frame, frameOf } from "./frame.ts";
import { History } from "./history.ts";

/** A run as the player needs it: computes one step per call, and nothing between two calls. */
export interface StepSource {
  next(): Promise<IteratorResult<Step, unknown>>;
  return?(): Promise<unknown>;
}

/** How the run on the stage stands. */
export type Outcome = "empty" | "open" | "done" | "stopped" | "failed";

/** Looking back over a whole run takes about this long, but no frame stands shorter or longer than the two bounds. */
const REPLAY_MS = 3000;
const FRAME_MS: readonly [number, number] = [24, 160];

/** One run, its history, and the place that is looked at. */
export class Player {
  /** Steps of the whole run. */
  total = 0;
  /** Whether it goes on by itself. */
  playing = false;
  outcome: Outcome = "empty";
  history = new History();
  clock = new StepClock();
  private source: StepSource | undefined;
  private position = 0;
  private pending = false;
  private looping = false;
  private readonly onChange: () => void;
  private readonly onError: (error: unknown) => void;

  /** `onChange` is called after every change to what is shown; `onError` with what a step threw, aborts excepted. */
  constructor(onChange: () => void, onError: (error: unknown) => void) {
    this.onChange = onChange;
    this.onError = onError;
  }

  /** The frame that is looked at. */
  get frame(): Frame | undefined {
    return this.history.at(this.position);
  }

  /** The step that is looked at; 0 before the first. */
  get shown(): number {
    return this.frame?.step ?? 0;
  }

  /** Takes a new run in place of the old one, and plays it. `noise` is its frame before the first step. */
  start(source: StepSource, total: number, noise: Frame): void {
    this.close("stopped");
    this.source = source;
    this.total = total;
    this.history = new History();
    this.clock = new StepClock();
    this.history.push(noise);
    this.position = 0;
    this.outcome = "open";
    this.play();
  }

  /** Goes on: over what is already computed, then with what is not. From the end of a finished run, begins again. */
  play(): void {
    if (this.outcome === "empty") return;
    if (this.atHead && !this.source) this.position = 0;
    this.playing = true;
    this.onChange();
    void this.loop();
  }

  /** Holds still. A step being computed is finished and kept. */
  pause(): void {
    this.playing = false;
    this.onChange();
  }

  /** One step forward: looks at the next, and computes it where it is not there yet. */
  async forward(): Promise<void> {
    this.pause();
    await this.advance();
  }

  /** One step back. */
  back(): void {
    this.playing = false;
    this.position = Math.max(0, this.position - 1);
    this.onChange();
  }

  /** Looks at a step, or the last one computed before it. */
  seek(step: number): void {
    this.playing = false;
    this.position = this.history.position(step);
    this.onChange();
  }

  /** Ends the run where it stands; what is computed stays to be looked at. */
  stop(): void {
    this.close("stopped");
    this.onChange();
  }

  private get atHead(): boolean {
    return this.position >= this.history.length - 1;
  }

  private close(outcome: Outcome): void {
    this.playing = false;
    const source = this.source;
    this.source = undefined;
    if (this.outcome === "open") this.outcome = outcome;
    void source?.return?.().catch(() => undefined);
  }

  private async loop(): Promise<void> {
    if (this.looping) return;
    this.looping = true;
    try {
      while (this.playing && (await this.advance())) {
        if (!this.atHead) await wait(this.frameTime());
      }
    } finally {
      this.looping = false;
    }
    if (this.playing) this.pause();
  }

  /** Moves one frame on. False at the end, or while another call is computing. */
  private async advance(): Promise<boolean> {
    if (!this.atHead) {
      this.position += 1;
      this.onChange();
      return true;
    }
    const source = this.source;
    if (!source || this.pending) return false;
    this.pending = true;
    try {
      return await this.compute(source);
    } catch (error) {
      if (source === this.source) this.fail(error);
      return source !== this.source;
    } finally {
      this.pending = false;
    }
  }

  /** Computes the next step of a run and keeps it, unless another run has taken its place meanwhile. */
  private async compute(source: StepSource): Promise<boolean> {
    const began = performance.now();
    const { done, value } = await source.next();
    if (source !== this.source) return this.source !== undefined;
    if (done) {
      this.close("done");
      return false;
    }
    this.clock.add(performance.now() - began);
    const looked = this.atHead ? value.index + 1 : this.shown;
    this.history.push(frameOf(value));
    this.position = this.history.position(looked);
    if (value.index + 1 >= value.steps) this.close("done");
    this.onChange();
    return this.source !== undefined;
  }

  private fail(error: unknown): void {
    this.close("failed");
    this.onChange();
    this.onError(error);
  }

  private frameTime(): number {
    const [least, most] = FRAME_MS;
    return Math.min(most, Math.max(least, REPLAY_MS / Math.max(1, this.history.length)));
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
