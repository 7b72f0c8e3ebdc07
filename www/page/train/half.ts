/** A half of the room: one learns points, the other pictures. */

import type { TemplateResult } from "lit-html";
import type { Running } from "../model/engine.ts";
import type { TrainAsked } from "../share/train.ts";
import type { Progress } from "./progress.ts";

/** What a half needs of the room. */
export interface HalfSources {
  /** The engine with its model, while it can be used. */
  running(): Running | undefined;
  /** Trains, from a state that was kept where there is one. */
  begin(from?: { state: Blob; step: number }): Promise<void>;
  /** Something to be seen outside of the view has changed. */
  onChange(): void;
  /** Says what went wrong. */
  complain(error: unknown): void;
  /** Makes a model from files the page's, and shows it. */
  use(files: object): Promise<void>;
}

/** What the room asks of a half. */
export interface Half {
  readonly progress: Progress;
  readonly busy: boolean;
  begin(running: Running, from?: { state: Blob; step: number }): Promise<void>;
  stop(): void;
  /** What a training would cost, in a sentence. */
  price(): string;
  adopt(running: Running): void;
  appear(): void;
  /** The left side of the page, and the panel. */
  view(): TemplateResult;
  controls(): TemplateResult;
  /** What the settings ask for, as the address has it. */
  readonly asked: TrainAsked;
  /** Sets them as an address asks. What makes no sense is told. */
  set(asked: TrainAsked, refuse: (what: string) => void): void;
}
