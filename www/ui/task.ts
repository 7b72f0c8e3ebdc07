/** Something that takes a while: one at a time, it can be cancelled, and it fails in words. */
import type { Outcome, Standing } from "./player.ts";

/** Who is told. */
export interface Heard {
  /** It has begun, or ended. */
  changed(): void;
  /** What was begun has ended. */
  ended?(outcome: Outcome): void;
  /** What it threw, unless it was cancelled. */
  failed(error: unknown): void;
}

/** Work of one kind; the newest takes the place of one at hand. */
export class Task {
  /** How the newest work stands that has got as far as to call `begun`. */
  outcome: Standing = "empty";
  #controller: AbortController | undefined;
  readonly #heard: Heard;

  constructor(heard: Heard) {
    this.#heard = heard;
  }

  /** Whether there is something to cancel. */
  get busy(): boolean {
    return this.#controller !== undefined;
  }

  /** Ends the work at hand; what it still does, it has to do in view of its signal. */
  cancel(): void {
    const controller = this.#controller;
    controller?.abort();
    if (controller) this.#end(controller, "stopped");
  }

  /** Does some work, which calls `begun` once what it was given has proved to make sense. */
  async run(work: (signal: AbortSignal, begun: () => void) => Promise<void>): Promise<void> {
    this.cancel();
    const controller = new AbortController();
    this.#controller = controller;
    this.#heard.changed();
    const begun = () => {
      controller.signal.throwIfAborted();
      this.outcome = "open";
    };
    try {
      await work(controller.signal, begun);
      this.#end(controller, "complete");
    } catch (error) {
      if (this.#end(controller, "failed")) this.#heard.failed(error);
    }
  }

  /** False where it has ended before. */
  #end(controller: AbortController, outcome: Outcome): boolean {
    if (this.#controller !== controller) return false;
    this.#controller = undefined;
    const open = this.outcome === "open";
    if (open) this.outcome = outcome;
    this.#heard.changed();
    if (open) this.#heard.ended?.(outcome);
    return true;
  }
}
