/**
 * The view "Interpolate": frames between two seeds or four, and variations that part ever later. For those who share or
 * export what is here: `settings` and `set()` are all of its controls, `frames()` its pictures, `loop()` their order.
 */

import { reducedMotion } from "../../ui/dom.ts";
import { squareSheet } from "../../ui/pixels.ts";
import { type Bench, type BenchSources, Computing } from "../bench.ts";
import { find, write } from "../dom.ts";
import type { Running } from "../model/engine.ts";
import { chosenClass } from "../panel/classes.ts";
import { writeControls } from "../panel/controls.ts";
import { learnSpeed, priceOf } from "../panel/cost.ts";
import { ControlError } from "../panel/numbers.ts";
import { clearProblem, clearProblems, codeOf, controlOf, reveal, sentenceOf, showProblem } from "../panel/problems.ts";
import type { Morphing } from "../save/saved.ts";
import { rollSeed } from "../settings.ts";
import { samplerName, t } from "../texts.ts";
import { InterpolateControls } from "./controls.ts";
import { Frames, type Job } from "./frames.ts";
import { Gaze } from "./gaze.ts";
import { loopOf } from "./loop.ts";
import { captionOf, isVain, type Outlook, outlookOf, partsAt, sharedOf } from "./outlook.ts";
import { batchOptions, frameAt, type InterpolationSettings, type Layout, layoutOf } from "./settings.ts";
import { InterpolateView } from "./view.ts";

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
  private readonly controls: InterpolateControls;
  private readonly view: InterpolateView;
  private readonly computed = new Frames();
  private readonly gaze = new Gaze(
    () => this.layout,
    () => this.update(),
  );
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
  private followed: number;

  /** Connects the view; A starts with the seed given. Nothing is computed yet. */
  constructor(sources: InterpolateSources, seed: number) {
    this.sources = sources;
    this.followed = seed;
    this.controls = new InterpolateControls(seed, () => this.consider());
    this.view = new InterpolateView({ seek: (frame) => this.gaze.seek(frame), toggle: () => this.toggle() });
    find("morph-ddpm", HTMLButtonElement).addEventListener("click", () => {
      writeControls({ sampler: "ddpm" });
      clearProblem("branch");
      this.consider();
      find("generate", HTMLButtonElement).focus();
    });
    this.update();
  }

  /** The settings at hand. Throws a `ControlError` where a control makes no sense. */
  get settings(): InterpolationSettings {
    return { ...this.controls.read(), at: this.gaze.at };
  }

  /** Sets what is named. Classes that the model does not have are left as they are. */
  set(settings: Partial<InterpolationSettings>): void {
    this.controls.write(settings);
    if (settings.at) this.gaze.at = [...settings.at];
    this.consider();
  }

  /** The run whose frames are shown. */
  get run(): unknown {
    return this.made;
  }

  /** What the frames that are shown are made of, with where the visitor looks; else what the controls ask for. */
  shared() {
    const { made } = this;
    if (made) return { asked: { ...made.asked, at: this.gaze.at }, run: made.run, onStage: true };
    return { asked: this.settings, run: this.sources.settings(), onStage: false };
  }

  /** The corners' seeds as they stand, with another one for A; rolled where one makes no sense. */
  seeds(a: number): InterpolationSettings["seeds"] {
    try {
      const [, b, c, d] = this.settings.seeds;
      return [a, b, c, d];
    } catch {
      return [a, rollSeed(), rollSeed(), rollSeed()];
    }
  }

  /** The finished frames, from first to last; variations as one sheet for each point. */
  frames(): ImageData[] {
    const { layout, total } = this.computed;
    const shape = this.made?.shape;
    if (!shape) return [];
    const found = Array.from({ length: total }, (_, frame) => this.computed.at(frame));
    return found.flatMap((f) =>
      f?.kind === "ready" ? [squareSheet({ pixels: f.pixels, count: layout.images, shape })] : [],
    );
  }

  /** The frames to be saved; undefined while there is none. */
  film(): Omit<Morphing, "made"> | undefined {
    const sheets = this.frames();
    if (sheets.length === 0) return undefined;
    const turn = this.loop();
    const { layout } = this;
    const all = sheets.map((_, frame) => frame);
    return {
      sheets,
      columns: layout.columns,
      turn: turn.length > 0 ? turn : all,
      shown: frameAt(this.gaze.at, layout),
    };
  }

  /** Indices into `frames()` for one turn of the loop that has no seam; empty until all frames are there. */
  loop(): number[] {
    return this.task.outcome === "complete" ? loopOf(this.computed.layout) : [];
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
      const outlook = await outlookOf(this.settings, this.sources.settings(), running.model);
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
    const asked = this.settings;
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
    this.controls.offer(model.info, chosenClass());
    this.consider();
  }

  consider(): void {
    const model = this.sources.running()?.model;
    if (model) this.controls.followClass(model.info, chosenClass());
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
    if (seed === undefined || this.made || this.controls.seedOfA !== String(this.followed)) return;
    this.followed = seed;
    this.controls.write({ seeds: this.seeds(seed) });
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
      const ahead = await outlookOf(this.settings, this.sources.settings(), running.model);
      if (turn === this.turn) this.ahead = ahead;
    } catch {
      // What is wrong is said when the run is begun; until then the last settings that made sense are shown.
    }
    if (turn !== this.turn) return;
    this.update();
    // What it costs depends on it.
    this.sources.onChange();
  }

  private toggle(): void {
    if (this.gaze.plays) this.gaze.pause();
    else if (this.computed.done > 0) this.gaze.play();
  }

  /** The layout of the frames that are there; before, of those that are asked for. */
  private get layout(): Layout {
    return this.made ? this.computed.layout : layoutOf(this.controls.counted);
  }

  private update(): void {
    const { made, ahead, computed, layout } = this;
    const shown = frameAt(this.gaze.at, layout);
    const looked = made ?? ahead;
    this.view.update({
      mode: made?.asked.mode ?? this.controls.mode,
      layout,
      shape: looked?.shape ?? [1, 28, 28],
      shown,
      at: (frame) => (made ? computed.at(frame) : undefined),
      some: computed.done > 0,
      partsAt: looked && partsAt(looked, shown),
      caption: made ? captionOf(made) : "",
      outcome: this.task.state,
      busy: this.busy,
      playing: this.gaze.plays,
    });
    write("morph-shared", ahead ? sharedOf(ahead, frameAt(this.gaze.at, layoutOf(ahead.asked))) : "");
    find("morph-ddpm", HTMLButtonElement).hidden = !ahead || !isVain(ahead);
  }
}
