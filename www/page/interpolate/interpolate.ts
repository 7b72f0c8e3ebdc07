/** The room "Interpolate": frames between two seeds or four, and variations that part ever later. What is asked for is its store's. */

import { effect, signal, untracked } from "@preact/signals-core";
import { render } from "lit-html";
import { reducedMotion } from "../../ui/dom.ts";
import { squareSheet } from "../../ui/pixels.ts";
import { type Bench, type BenchSources, Computing } from "../bench.ts";
import { find } from "../dom.ts";
import type { Running } from "../model/engine.ts";
import { chosenClass } from "../panel/classes.ts";
import { writeControls } from "../panel/controls.ts";
import { learnSpeed, priceOf } from "../panel/cost.ts";
import { ControlError } from "../panel/numbers.ts";
import { clearProblem, clearProblems, codeOf, controlOf, reveal, sentenceOf, showProblem } from "../panel/problems.ts";
import type { Morphing } from "../save/saved.ts";
import { samplerName, t } from "../texts.ts";
import { Frames, type Job } from "./frames.ts";
import { Gaze, loopOf } from "./loop.ts";
import { captionOf, isVain, type Outlook, outlookOf, partsAt, sharedOf } from "./outlook.ts";
import { corners, counts } from "./panel.ts";
import { batchOptions, frameAt, type Layout, layoutOf } from "./settings.ts";
import type { Store } from "./state.ts";
import { InterpolateView, type Showing } from "./view.ts";

/** What a run reads of the panel: what was said beside these is taken back when one begins. */
const READ = ["corners", "frames", "branch", "sampler", "eta", "variance", "sigma-clip", "steps", "run"] as const;

/** What the view needs of the page beside what every bench does. */
export interface InterpolateSources extends BenchSources {
  /** The seed of the first picture on Generate's stage; undefined while there is none. */
  seedOnStage(): number | undefined;
}

/** The view. */
export class Interpolate implements Bench {
  readonly verb = t("interpolate");
  private readonly sources: InterpolateSources;
  private readonly store: Store;
  private readonly showing = signal<Showing | undefined>(undefined);
  private readonly computed = new Frames();
  private readonly gaze: Gaze;
  private readonly task = new Computing("frames", () => this.computed, {
    changed: () => {
      this.update();
      this.sources.onChange();
    },
    completed: () => reducedMotion() || this.gaze.play(),
    failed: (error) => this.complain(error),
  });
  /** What the frames that are shown are made of. */
  private made: Outlook | undefined;
  /** What the controls would lead to. */
  private ahead: Outlook | undefined;
  private turn = 0;
  /** The seed of A that nobody chose. */
  private followed: string;

  /** Draws the view; nothing is computed yet. */
  constructor(sources: InterpolateSources, store: Store) {
    this.sources = sources;
    this.store = store;
    this.followed = store.seeds[0]?.value ?? "";
    this.gaze = new Gaze(store.at, () => this.layout);
    const view = new InterpolateView({
      seek: (frame) => this.gaze.seek(frame),
      toggle: () => this.toggle(),
      ddpm: () => this.takeDdpm(),
    });
    effect(() => void render(corners(store), find("corners-panel")));
    effect(() => void render(counts(store), find("frames-panel")));
    effect(() => {
      const showing = this.showing.value;
      if (!showing) return;
      render(view.of(showing), find("interpolate"));
      view.draw(showing);
    });
    effect(() => {
      void [store.at.value, this.gaze.plays.value];
      untracked(() => this.update());
    });
    effect(() => {
      void [store.mode, ...store.seeds, ...store.classes, ...Object.values(store.counts), store.variations].map(
        (one) => one.value,
      );
      untracked(() => this.consider());
    });
    const running = sources.running();
    if (running) this.adopt(running);
  }

  /** The run whose frames are shown. */
  get run(): unknown {
    return this.made;
  }

  /** What the frames that are shown are made of, with where the visitor looks; else what the controls ask for. */
  shared() {
    const { made } = this;
    if (made) return { asked: { ...made.asked, at: this.store.at.value }, run: made.run, onStage: true };
    return { asked: this.store.settings, run: this.sources.settings(), onStage: false };
  }

  /** The finished frames to be saved, variations as one sheet for each point, and the order they are played in; undefined where there is none. */
  film(): Omit<Morphing, "made"> | undefined {
    const { layout, computed, made } = this;
    const found = Array.from({ length: computed.total }, (_, frame) => computed.at(frame));
    const sheets = found.flatMap((frame) =>
      made && frame?.kind === "ready" ? [squareSheet({ ...frame, count: layout.images, shape: made.shape })] : [],
    );
    if (sheets.length === 0) return undefined;
    // The loop has no seam once all frames are there.
    const turn = this.task.outcome === "complete" ? loopOf(layout) : sheets.map((_, frame) => frame);
    return { sheets, columns: layout.columns, turn, shown: frameAt(this.store.at.value, layout) };
  }

  get busy(): boolean {
    return this.task.busy;
  }

  get fraction(): number {
    return this.computed.fraction;
  }

  async begin(): Promise<void> {
    const running = this.sources.running();
    if (!running) return;
    clearProblems(READ);
    await this.task.run(async (signal, begun) => {
      const outlook = await outlookOf(this.store.settings, this.sources.settings(), running.model);
      if (isVain(outlook))
        throw new ControlError("invalid-branch", t("variationsNone", { sampler: samplerName(outlook.run) }));
      begun();
      this.sources.take(this);
      this.made = this.ahead = outlook;
      await this.compute(outlook, running, signal);
    });
  }

  stop(): void {
    this.task.cancel();
  }

  price(running: Running): string | undefined {
    const asked = this.store.settings;
    if (this.ahead && isVain({ ...this.ahead, asked }))
      return t("variationsNone", { sampler: samplerName(this.ahead.run) });
    const { columns, rows, images } = layoutOf(asked);
    const all = { class: "any", seed: 0, images: columns * rows * images } as const;
    const frames = columns * rows;
    const what = images === 1 ? t("frames", { n: frames }) : t("framesTimes", { frames, images });
    return priceOf(running, { ...this.sources.settings(), ...all }, what);
  }

  adopt({ model }: Running): void {
    this.stop();
    this.store.offer(model.info, chosenClass());
    this.consider();
  }

  consider(): void {
    const model = this.sources.running()?.model;
    if (model) this.store.followClass(model.info, chosenClass());
    if (!this.made) this.update();
    void this.lookAhead();
    this.sources.onChange();
  }

  appear(seen: boolean): void {
    if (seen) {
      this.followStage();
      this.update();
      this.consider();
    }
    this.gaze.appear(seen);
  }

  /** A is the picture on Generate's stage, for as long as A was not set and there are no frames. */
  private followStage(): void {
    const seed = this.sources.seedOnStage();
    if (seed === undefined || this.made || this.store.seeds[0]?.value !== this.followed) return;
    this.followed = String(seed);
    this.store.type(0, this.followed);
  }

  /** Computes the frames, and shows every step of every batch. */
  private async compute(made: Outlook, running: Running, signal: AbortSignal): Promise<void> {
    const { asked, run, timesteps } = made;
    const { model } = running;
    const job: Job = {
      model,
      layout: layoutOf(asked),
      steps: timesteps.length,
      options: (batch) => batchOptions(batch, asked, run, model.info, timesteps.length),
      key: JSON.stringify([{ ...asked, at: undefined }, run]),
    };
    this.gaze.rest();
    const task = this.computed.compute(job, signal, (ms, images) => {
      learnSpeed(running, { ...run, class: "any", seed: 0, images }, ms);
      this.task.step();
    });
    this.task.start(t("interpolateBegun", { n: this.computed.total }));
    await task;
  }

  /** Says what is wrong beside its control; what is wrong with a control of another view is said beside the seeds. */
  private complain(error: unknown): void {
    if (codeOf(error) === "engine-crashed") this.sources.onCrash(error);
    else {
      const control = controlOf(error);
      const elsewhere = control === "class" || control === "seed" || control === "images";
      showProblem(elsewhere ? "corners" : control, sentenceOf(error));
      if (control === "branch") find("morph-ddpm", HTMLButtonElement).focus();
      reveal(elsewhere ? "corners" : control);
    }
  }

  /** Follows the controls: what the frames will share, and the places of frames that are not there yet. */
  private async lookAhead(): Promise<void> {
    const turn = ++this.turn;
    const running = this.sources.running();
    if (!running) return this.update();
    try {
      const ahead = await outlookOf(this.store.settings, this.sources.settings(), running.model);
      if (turn === this.turn) this.ahead = ahead;
    } catch {
      // What is wrong is said when the run is begun; until then the last settings that made sense are shown.
    }
    if (turn !== this.turn) return;
    this.update();
    // What it costs depends on it.
    this.sources.onChange();
  }

  private takeDdpm(): void {
    writeControls({ sampler: "ddpm" });
    clearProblem("branch");
    this.consider();
    find("generate", HTMLButtonElement).focus();
  }

  private toggle(): void {
    if (this.gaze.plays.value) this.gaze.pause();
    else if (this.computed.done > 0) this.gaze.play();
  }

  /** The layout of the frames that are there; before, of those that are asked for. */
  private get layout(): Layout {
    return this.made ? this.computed.layout : layoutOf(this.store.counted);
  }

  private update(): void {
    const { made, ahead, computed, layout } = this;
    const at = this.store.at.value;
    const shown = frameAt(at, layout);
    const looked = made ?? ahead;
    this.showing.value = {
      mode: made?.asked.mode ?? this.store.mode.value,
      layout,
      shape: looked?.shape ?? [1, 28, 28],
      shown,
      at: (frame) => (made ? computed.at(frame) : undefined),
      some: computed.done > 0,
      partsAt: looked && partsAt(looked, shown),
      caption: made ? captionOf(made) : "",
      outcome: this.task.state,
      busy: this.busy,
      playing: this.gaze.plays.value,
      shared: ahead ? sharedOf(ahead, frameAt(at, layoutOf(ahead.asked))) : "",
      vain: ahead !== undefined && isVain(ahead),
    };
  }
}
