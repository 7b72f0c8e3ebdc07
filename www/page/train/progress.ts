/** How a training stands: what both halves of the room have in common. */

import { batch, type ReadonlySignal, signal } from "@preact/signals-core";
import type { PlotName } from "./plots.ts";
import { Series } from "./series.ts";

/** "hidden" is paused, because the browser's tab is not seen. */
export type Phase = "empty" | "loading" | "training" | "hidden" | "resting";

function noSeries() {
  return { loss: new Series(), variance: new Series(), bitsPerDim: new Series(), kBitsPerDim: new Series() };
}

/** Signals of a training. */
export abstract class Progress {
  readonly phase = signal<Phase>("empty");
  /** What the network was trained with that is there: the key of its settings. */
  readonly trained = signal<{ key: string } | undefined>(undefined);
  readonly step = signal(0);
  /** The step at which it will end by itself. */
  readonly target = signal(0);
  /** Numbers of the training over its steps: the loss, and terms of the library's reports by their names. */
  series = noSeries();
  /** The plot that is wanted. */
  readonly plot = signal<PlotName>("loss");
  /** Milliseconds that a step takes, in the worker. */
  readonly msPerStep = signal<number | undefined>(undefined);
  /** The bound on the likelihood in bits per dimension, where the objective is one. */
  readonly bits = signal<number | undefined>(undefined);
  /** The noise schedule, where it is learned: gamma at evenly spaced times from 0 to 1. */
  readonly gamma = signal<Float32Array | undefined>(undefined);
  /** Whether the browser could not keep it for a later visit. */
  readonly unkept = signal(false);
  /** What is being downloaded, in words. */
  readonly loading = signal("");
  /** Bytes of the module that training needs. */
  readonly download = signal<number | undefined>(undefined);

  /** All that decides what is learnt, as one text: another one begins anew. */
  abstract readonly key: ReadonlySignal<string>;

  /** Whether the settings are those that the network was trained with. */
  get goesOn(): boolean {
    return this.trained.value?.key === this.key.value;
  }

  /** Another network is there, at this step; or none. */
  renew(trained: { key: string } | undefined, step = 0): void {
    batch(() => {
      this.series = noSeries();
      this.trained.value = trained;
      this.step.value = step;
      this.msPerStep.value = this.bits.value = this.gamma.value = undefined;
      this.unkept.value = false;
      if (!trained) this.phase.value = "empty";
    });
  }
}
