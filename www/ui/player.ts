/** Plays a run: computes its steps one at a time, keeps them, and goes back and forth over those it has. */
import type { Step } from "../src/index.ts";
import { type Frame, frameOf } from "./frame.ts";
import { History } from "./history.ts";

/** How a run ended. */
export type Outcome = "complete" | "stopped" | "failed";

/** How a run stands: nothing was begun, it is open (perhaps paused), or how it ended. */
export type Standing = "empty" | "open" | Outcome;

/** Looking back over a whole run takes about this long, but no frame stands shorter or longer than the two bounds. */
const REPLAY_MS = 3000;
const FRAME_MS: readonly [number, number] = [24, 160];

/** Who is told. */
export interface Listener {
  /** What is shown, or whether it moves, has changed. */
  changed(): void;
  /** A step has been computed, and is shown. */
  computed?(step: Step): void;
  /** The run is over; `error` is what a step threw. */
  ended(outcome: Outcome, error?: unknown): void;
  /** It has come to the end of a complete run by itself, the first time or looking back. */
  rested?(): void;
}

/** The newest run, its history, and the place in it that is looked at. */
export class Player {
  outcome: Standing = "empty";
  /** Steps of the whole run; 0 while that is not known. */
  total = 0;
  /** Whether it goes on by itself, or would if it were not held. */
  playing = false;
  history = new History();
  #source: AsyncIterator<Step> | undefined;
  #held: boolean;
  #looping = false;
  #position = 0;
  #wake = () => {};
  readonly #listener: Listener;

  /** `held`: nothing moves by itself until `hold(false)`. */
  constructor(listener: Listener, { held = false } = {}) {
    this.#listener = listener;
    this.#held = held;
  }

  /** The frame that is looked at. */
  get frame(): Frame | undefined {
    return this.history.at(this.#position);
  }

  /** The step that is looked at; 0 before the first. */
  get shown(): number {
    return this.frame?.step ?? 0;
  }

  /** The newest frame. */
  get newest(): Frame | undefined {
    return this.history.at(this.history.length - 1);
  }

  /** Whether there is nothing further to look at. */
  get atEnd(): boolean {
    return this.outcome !== "open" && this.#atHead;
  }

  /** Takes a new run in place of the old one; nothing is computed before `play` or `forward`. `noise` is its frame before the first step. */
  open(run: AsyncIterable<Step>, total = 0, noise?: Frame): void {
    this.#source = run[Symbol.asyncIterator]();
    this.outcome = "open";
    this.total = total;
    this.history = new History();
    if (noise) this.history.push(noise);
    this.#position = 0;
  }

  /** Goes on: over what is already computed, then with what is not. From the end of a run that is over, begins to look again. */
  play(): void {
    if (this.outcome === "empty") return;
    if (this.atEnd) this.#position = 0;
    this.playing = true;
    this.#listener.changed();
    void this.#loop();
  }

  /** Holds still. A step that is being computed is finished and kept. */
  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    this.#listener.changed();
  }

  /** One step forward: looks at the next, and computes it where it is not there yet. */
  async forward(): Promise<void> {
    this.pause();
    await this.#advance();
  }

  /** Looks at a step, counted from 1, or the last one that is kept before it. */
  seek(step: number): void {
    this.playing = false;
    this.#position = this.history.position(step);
    this.#listener.changed();
  }

  /** Keeps everything where it is while nobody can see it. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) void this.#loop();
  }

  /** Ends the run where it stands; what is computed stays to be looked at. */
  stop(): void {
    this.playing = false;
    this.#wake();
    if (this.outcome === "open") this.#end("stopped");
    else this.#listener.changed();
  }

  get #atHead(): boolean {
    return this.#position >= this.history.length - 1;
  }

  async #loop(): Promise<void> {
    if (this.#looping) return;
    this.#looping = true;
    while (this.playing && !this.#held && (await this.#advance())) {
      if (!this.#atHead) await this.#wait();
    }
    this.#looping = false;
    const rests = this.atEnd && this.outcome === "complete" && !this.#held;
    if (this.atEnd) this.pause();
    if (rests) this.#listener.rested?.();
  }

  /** Moves one frame on. False where there is none. */
  async #advance(): Promise<boolean> {
    if (!this.#atHead) {
      this.#position += 1;
      this.#listener.changed();
      return true;
    }
    const source = this.#source;
    if (!source || this.outcome !== "open") return false;
    try {
      await this.#compute(source);
    } catch (error) {
      // A run that has been stopped in the meantime may say so by an error.
      if (this.#isOpen(source)) this.#end("failed", error);
    }
    return this.outcome === "open";
  }

  /** Computes the next step of a run and keeps it, unless the run has ended meanwhile, or another has taken its place. */
  async #compute(source: AsyncIterator<Step>): Promise<void> {
    const { done, value: step } = await source.next();
    if (!this.#isOpen(source)) return;
    if (done) return this.#end("complete");
    this.total = step.steps;
    const looked = this.#atHead ? step.index + 1 : this.shown;
    this.history.push(frameOf(step));
    this.#position = this.history.position(looked);
    this.#listener.changed();
    this.#listener.computed?.(step);
    if (step.index + 1 >= step.steps && this.#isOpen(source)) this.#end("complete");
  }

  #isOpen(source: AsyncIterator<Step>): boolean {
    return this.outcome === "open" && this.#source === source;
  }

  #end(outcome: Outcome, error?: unknown): void {
    this.outcome = outcome;
    this.playing = false;
    void this.#source?.return?.().catch(() => undefined);
    this.#listener.ended(outcome, error);
  }

  #wait(): Promise<void> {
    const [least, most] = FRAME_MS;
    const ms = Math.min(most, Math.max(least, REPLAY_MS / Math.max(1, this.history.length)));
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
