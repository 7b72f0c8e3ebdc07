/** Plays one run: computes its steps one at a time, keeps them, and goes back and forth over those it has. */
import type { Run, Step } from "../src/index.ts";
import type { Outcome } from "./events.ts";
import { History } from "./history.ts";

/** Looking back over a whole run takes about this long, but no step stands shorter or longer than the two bounds. */
const REPLAY_MS = 3000;
const STEP_MS: readonly [number, number] = [24, 160];

/** What a player tells. */
export interface Listener {
  /** A step has been computed. */
  computed(step: Step): void;
  /** What is shown, or whether it moves, has changed. */
  changed(): void;
  /** The run is over. */
  ended(outcome: Outcome, error?: unknown): void;
  /** It has come to the end of a complete run by itself, the first time or looking back. */
  rested(): void;
}

/** One run and the place in it that is looked at. */
export class Player {
  /** How the run ended; undefined while it is open. */
  outcome: Outcome | undefined;
  #playing = false;
  #held: boolean;
  #looping = false;
  #position = 0;
  #wake = () => {};
  readonly #history = new History();
  readonly #source: AsyncIterableIterator<Step>;
  readonly #listener: Listener;

  /** Nothing is computed before `play` or `forward`. `held`: nothing moves by itself until `hold(false)`. */
  constructor(run: Run, held: boolean, listener: Listener) {
    this.#source = run[Symbol.asyncIterator]();
    this.#held = held;
    this.#listener = listener;
  }

  /** Whether it goes on by itself, or would if it were not held. */
  get playing(): boolean {
    return this.#playing;
  }

  /** The step that is looked at. */
  get shown(): Step | undefined {
    return this.#history.at(this.#position);
  }

  /** The newest step that is computed. */
  get newest(): Step | undefined {
    return this.#history.at(this.#history.length - 1);
  }

  /** Whether there is nothing further to look at. */
  get atEnd(): boolean {
    return this.outcome !== undefined && this.#atHead;
  }

  /** Goes on: over what is already computed, then with what is not. From the end, begins to look again. */
  play(): void {
    if (this.atEnd) this.#position = 0;
    this.#playing = true;
    this.#listener.changed();
    void this.#loop();
  }

  /** Holds still. A step that is being computed is finished and kept. */
  pause(): void {
    if (!this.#playing) return;
    this.#playing = false;
    this.#listener.changed();
  }

  /** One step forward: looks at the next, and computes it where it is not there yet. */
  async forward(): Promise<void> {
    this.pause();
    await this.#advance();
  }

  /** Looks at a step, counted from 1, or the last one computed before it. */
  seek(step: number): void {
    this.#playing = false;
    this.#position = this.#history.position(step);
    this.#listener.changed();
  }

  /** Keeps everything where it is while nobody can see it. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) void this.#loop();
  }

  /** Ends the run where it stands; what is computed stays to be looked at. */
  stop(): void {
    this.#playing = false;
    this.#wake();
    if (this.outcome === undefined) this.#end("stopped");
    else this.#listener.changed();
  }

  get #atHead(): boolean {
    return this.#position >= this.#history.length - 1;
  }

  async #loop(): Promise<void> {
    if (this.#looping) return;
    this.#looping = true;
    while (this.#playing && !this.#held && (await this.#advance())) {
      if (!this.#atHead) await this.#wait();
    }
    this.#looping = false;
    const rests = this.atEnd && this.outcome === "complete" && !this.#held;
    if (this.atEnd) this.pause();
    if (rests) this.#listener.rested();
  }

  /** Moves one step on. False where there is none. */
  async #advance(): Promise<boolean> {
    if (!this.#atHead) {
      this.#position += 1;
      this.#listener.changed();
      return true;
    }
    if (this.outcome !== undefined) return false;
    try {
      await this.#compute();
    } catch (error) {
      // A run that has been stopped in the meantime may say so by an error.
      if (this.outcome === undefined) this.#end("failed", error);
    }
    return this.outcome === undefined;
  }

  async #compute(): Promise<void> {
    const { value } = await this.#source.next();
    if (this.outcome !== undefined || value === undefined) return;
    const step: Step = value;
    const follows = this.#atHead;
    const shown = (this.shown?.index ?? 0) + 1;
    this.#history.push(step);
    this.#position = follows ? this.#history.length - 1 : this.#history.position(shown);
    this.#listener.changed();
    this.#listener.computed(step);
    if (step.index + 1 >= step.steps && this.outcome === undefined) this.#end("complete");
  }

  #end(outcome: Outcome, error?: unknown): void {
    this.outcome = outcome;
    this.#playing = false;
    void this.#source.return?.().catch(() => undefined);
    this.#listener.ended(outcome, error);
  }

  #wait(): Promise<void> {
    const [least, most] = STEP_MS;
    const ms = Math.min(most, Math.max(least, REPLAY_MS / Math.max(1, this.#history.length)));
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
