/** One engine, one run at a time: whoever begins takes the turn from whoever had it. */

/** What has the engine. */
export interface Worker {
  /** Ends within one step; what is computed stays. */
  stop(): void;
}

/** The turn at the engine. There is one. */
export class Turn {
  private holder: Worker | undefined;

  /** Takes the turn. What another has under way is stopped. */
  take(by: Worker): void {
    if (this.holder !== by) this.holder?.stop();
    this.holder = by;
  }
}
