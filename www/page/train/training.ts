/** A training: begun, paused while the browser's tab is hidden, looked at from time to time, kept, and gone on with. */

import { batch } from "@preact/signals-core";
import type { Diffuser, LoadProgress, TrainData, Trainer, TrainOptions, TrainReport } from "../../src/index.ts";
import { Task } from "../../ui/task.ts";
import { announce } from "../dom.ts";
import { codeOf } from "../panel/problems.ts";
import { loading, t } from "../texts.ts";
import type { Progress } from "./progress.ts";

/** The numbers of the training are told after this long. */
const TELL_MS = 120;

/** What is learnt is kept after this long. */
const KEEP_MS = 60_000;

/** What a training tells. */
export interface Heard {
  changed(): void;
  failed(error: unknown): void;
}

/** A training that was kept: what `Trainer.state` gave, and at which step. */
export interface State {
  state: Blob;
  step: number;
}

/** What is trained. */
export interface Wanted {
  data: TrainData;
  options: TrainOptions;
}

/** One training at a time. */
export abstract class Training<Lesson extends Wanted = Wanted> {
  protected trainer: Trainer | undefined;
  /** What it trains. */
  protected lesson: Lesson | undefined;
  protected diffuser: Diffuser | undefined;
  private readonly progress: Progress;
  private readonly task: Task;
  /** Ends when the training at hand has ended altogether. */
  private ended: Promise<void> = Promise.resolve();
  private toldAt = 0;
  private keptAt = 0;
  private ms: number | undefined;
  /** Milliseconds that the network at hand was trained and looked at for. */
  protected spent = 0;
  /** When it was looked at last, and how long that took. */
  protected looked = { at: 0, took: 0 };

  constructor(progress: Progress, heard: Heard) {
    this.progress = progress;
    this.task = new Task({
      changed: () => heard.changed(),
      failed: (error) => {
        if (codeOf(error) === "engine-crashed") this.drop();
        heard.failed(error);
      },
      ended: (outcome) => {
        if (outcome !== "failed") announce(t("trainEnded", { step: progress.step.value }));
      },
    });
  }

  get busy(): boolean {
    return this.task.busy;
  }

  /** What is trained. Throws a `ControlError` where there is nothing to learn from. */
  protected abstract wanted(diffuser: Diffuser, signal: AbortSignal): Lesson | Promise<Lesson>;
  /** The step at which the training ends by itself, where it is begun. */
  protected abstract end(): number;

  /** The steps until that end. */
  protected loop(trainer: Trainer): AsyncIterable<TrainReport> {
    const { target, step } = this.progress;
    return trainer.steps(target.value - step.value);
  }

  /** Whether it ends at this step. */
  protected over(step: number): boolean {
    return step >= this.progress.target.value;
  }

  /** Shows what is learnt. */
  protected abstract show(trainer: Trainer, diffuser: Diffuser): Promise<void>;
  /** Keeps what is learnt in this browser, by its state. */
  protected abstract keep(state: State): Promise<boolean>;
  /** How long at least passes between two looks, in milliseconds. */
  protected abstract readonly rest: number;

  /** Trains, from where the network is if the settings are still its own; from a state that was kept where one is given. */
  async begin(diffuser: Diffuser, from?: State): Promise<void> {
    this.stop();
    const before = this.ended;
    await this.task.run(async (signal, begun) => {
      await before;
      signal.throwIfAborted();
      const trainer = await this.trainerFor(diffuser, signal, from);
      begun();
      const { target, step } = this.progress;
      target.value = this.end();
      announce(t("trainBegun", { steps: target.value - step.value }));
      const training = this.train(trainer, signal);
      // What went wrong with it is nothing to the next one.
      this.ended = training.catch(() => {});
      await training.catch((error) => {
        if (!signal.aborted) throw error;
      });
    });
  }

  /** Ends the training within one report; the network stays. */
  stop(): void {
    this.task.cancel();
  }

  /** Leaves the network where another engine has taken the place of the one that trains it. */
  leave(diffuser: Diffuser): void {
    if (!this.diffuser || this.diffuser === diffuser) return;
    this.stop();
    this.drop();
    this.diffuser = undefined;
  }

  private drop(): void {
    this.trainer?.dispose();
    this.trainer = this.lesson = undefined;
    this.progress.renew(undefined);
  }

  /** Shows what is learnt now. */
  async look(): Promise<void> {
    const { trainer, diffuser } = this;
    if (!trainer || !diffuser) return;
    const began = performance.now();
    await this.show(trainer, diffuser);
    this.looked = { at: performance.now(), took: performance.now() - began };
  }

  private async trainerFor(diffuser: Diffuser, signal: AbortSignal, from?: State): Promise<Trainer> {
    const { progress } = this;
    if (!from && this.trainer && progress.goesOn) return this.trainer;
    const key = progress.key.value;
    progress.phase.value = "loading";
    try {
      const { trainer, lesson } = await this.fetch(diffuser, signal, from);
      this.trainer?.dispose();
      Object.assign(this, { trainer, lesson, diffuser, keptAt: performance.now(), ms: undefined, spent: 0 });
      progress.renew({ key }, from?.step);
      return trainer;
    } finally {
      progress.loading.value = "";
      progress.phase.value = this.trainer ? "resting" : "empty";
    }
  }

  /** A new trainer. Stop ends one that is still being fetched; of one that is there it ends the loop alone. */
  private async fetch(diffuser: Diffuser, signal: AbortSignal, from?: State) {
    const life = new AbortController();
    const end = () => life.abort(signal.reason);
    signal.addEventListener("abort", end);
    try {
      const lesson = await this.wanted(diffuser, life.signal);
      const more = { onProgress: this.follow, signal: life.signal, ...(from && { state: from.state }) };
      return { lesson, trainer: await diffuser.train(lesson.data, { ...lesson.options, ...more }) };
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** Says what is being downloaded. */
  protected readonly follow = (progress: LoadProgress): void => {
    this.progress.loading.value = loading(progress);
  };

  private async train(trainer: Trainer, signal: AbortSignal): Promise<void> {
    const { phase } = this.progress;
    phase.value = "training";
    let since = performance.now();
    try {
      for await (const report of this.loop(trainer)) {
        this.spent += performance.now() - since;
        since = performance.now();
        const last = signal.aborted || this.over(report.step);
        this.hear(report, last);
        if (last) break;
        if (performance.now() - this.looked.at > this.rest) await this.look().catch(unlessUnready);
        if (performance.now() - this.keptAt > KEEP_MS) await this.put(trainer);
        if (document.hidden) {
          await this.seenAgain(signal);
          since = performance.now();
        }
      }
      await this.put(trainer);
      await this.look();
    } finally {
      if (trainer === this.trainer) phase.value = "resting";
    }
  }

  private hear({ step, loss, ms, terms, gamma }: TrainReport, last: boolean): void {
    const { progress } = this;
    const values: Record<string, number | undefined> = { ...terms, loss };
    const { bitsPerDim } = values;
    for (const [name, series] of Object.entries(progress.series)) {
      const value = values[name];
      if (value !== undefined) series.add(step, value);
    }
    // The first steps are slower than all others: they do not count.
    this.ms = this.ms === undefined || ms < this.ms / 2 ? ms : 0.9 * this.ms + 0.1 * ms;
    if (!last && performance.now() - this.toldAt < TELL_MS) return;
    this.toldAt = performance.now();
    batch(() => {
      progress.step.value = step;
      progress.msPerStep.value = this.ms;
      progress.bits.value = bitsPerDim;
      progress.gamma.value = gamma;
    });
  }

  private async seenAgain(signal: AbortSignal): Promise<void> {
    const { phase } = this.progress;
    phase.value = "hidden";
    // Who looks at another tab sees nothing but the title of this one.
    const title = document.title;
    document.title = t("trainHiddenTitle", { title });
    await new Promise<void>((resolve) => {
      const over = new AbortController();
      const check = () => {
        if (document.hidden && !signal.aborted) return;
        over.abort();
        resolve();
      };
      document.addEventListener("visibilitychange", check, { signal: over.signal });
      signal.addEventListener("abort", check, { signal: over.signal });
    });
    document.title = title;
    phase.value = "training";
  }

  /** Keeps what is learnt. */
  private async put(trainer: Trainer): Promise<void> {
    this.keptAt = performance.now();
    // Settings that were changed meanwhile are not those of the network.
    const { progress } = this;
    if (!progress.goesOn) return;
    progress.unkept.value = !(await this.keep({ state: await trainer.state(), step: progress.step.value }));
  }
}

/** A network that has learnt little may draw what is no number: then there is nothing new to be seen, and it goes on learning. */
function unlessUnready(error: unknown): void {
  if (codeOf(error) !== "not-finite") throw error;
}
