/** What the views that compute have in common: how the panel's buttons and the rest of the page deal with them. */

import type { RunSettings } from "./interpolate/settings.ts";
import type { Running } from "./model/engine.ts";

/** A view that computes when it is asked to. */
export interface Bench extends Worker {
  /** What the panel's first button says while the view is shown. */
  readonly verb: string;
  /** Whether there is something to stop. */
  readonly busy: boolean;
  /** Milliseconds of a step of one image in the run at hand. */
  readonly perStep: number | undefined;
  /** Computes what the controls ask for; says itself what is wrong with them. */
  begin(): Promise<void>;
  /** What it would cost, in a sentence; undefined where the controls make no sense, or nothing was measured. */
  price(running: Running): string | undefined;
  /** Another model or engine has taken the place of the one before. */
  adopt(running: Running): void;
  /** A control of the panel was changed. */
  consider(): void;
  /** The view comes to be seen, or goes. */
  appear(seen: boolean): void;
}

/** What a bench needs of the page. */
export interface BenchSources {
  /** The engine with its model, while it can be used. */
  running(): Running | undefined;
  /** How steps are made, as the panel says. */
  settings(): RunSettings;
  /** Takes the engine from whoever has it. */
  take(by: Worker): void;
  /** Something to be seen outside of the view has changed: whether it is busy, how fast it is, what a run costs. */
  onChange(): void;
  /** An error that only a fresh engine mends. */
  onCrash(error: unknown): void;
}

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
