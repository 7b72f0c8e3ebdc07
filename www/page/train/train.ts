/**
 * The room "Train": a diffusion model learns points of the plane, or pictures, and one watches it. Each half has a store of signals, of
 * which its two parts of the page are functions, and a training; the room shows one half.
 */

import { effect, type Signal, signal, untracked } from "@preact/signals-core";
import { html, render } from "lit-html";
import type { Bench, BenchSources } from "../bench.ts";
import { find, write } from "../dom.ts";
import { type Running, type Source, weigh } from "../model/engine.ts";
import { clearProblem, codeOf, sentenceOf, showProblem } from "../panel/problems.ts";
import { check, segments } from "../parts.ts";
import { TRAIN, type TrainAsked } from "../share/train.ts";
import { t } from "../texts.ts";
import type { Half, HalfSources } from "./half.ts";
import { PICTURES, Pictures } from "./pictures/pictures.ts";
import { Points } from "./points.ts";

/** The module that training needs. */
const MODULE = "./pkg/burn/unnoise_bg.wasm";

/** What the room needs of the page beside what every bench does. */
export interface TrainSources extends BenchSources {
  /** Makes a model the page's, and shows it in Generate; false where that failed, which is then said. */
  show(source: Source): Promise<boolean>;
}

/** The room. */
export class Train implements Bench {
  readonly verb = t("train");
  private readonly sources: TrainSources;
  private readonly halves: Record<"points" | "pictures", Half> & { pictures: Pictures };
  private readonly mode: Signal<"points" | "pictures"> = signal("points");

  /** Draws the room; nothing is computed yet. */
  constructor(sources: TrainSources) {
    this.sources = sources;
    const own: HalfSources = {
      running: () => sources.running(),
      begin: (from) => this.train(from),
      onChange: () => sources.onChange(),
      complain: (error) => this.complain(error),
      use: async (files) => void (await sources.show(files as Source)),
    };
    this.halves = { points: new Points(own), pictures: new Pictures(own) };
    this.draw();
    void weigh(MODULE).then((size) => {
      for (const { progress } of Object.values(this.halves)) progress.download.value = size;
    });
  }

  get busy(): boolean {
    return this.half.busy;
  }

  get fraction(): number {
    const { step, target } = this.half.progress;
    return target.value > 0 ? step.value / target.value : 0;
  }

  async begin(): Promise<void> {
    const fields = [...find("train-panel").querySelectorAll<HTMLInputElement>("input[type=number]")];
    const wrong = fields.filter((field) => !check(field))[0];
    wrong?.closest("details")?.setAttribute("open", "");
    if (wrong) wrong.focus();
    else await this.train();
  }

  stop(): void {
    for (const half of Object.values(this.halves)) half.stop();
  }

  price(): string {
    return this.half.price();
  }

  adopt(running: Running): void {
    for (const half of Object.values(this.halves)) half.adopt(running);
  }

  consider(): void {
    this.sources.onChange();
  }

  appear(seen: boolean): void {
    if (seen) this.half.appear();
  }

  /** What is trained, for the address; undefined where nothing is. */
  get run(): unknown {
    return this.half.progress.trained.value;
  }

  /** What the settings ask for, as the address has it. */
  get asked(): TrainAsked {
    return this.half.asked;
  }

  /** Sets the room as an address asks. What makes no sense is said. */
  set(asked: TrainAsked): void {
    const refused: string[] = [];
    this.mode.value = asked[TRAIN] === PICTURES ? "pictures" : "points";
    this.half.set(asked, (what) => refused.push(what));
    if (refused.length > 0) showProblem("run", t("trainRefused", { what: refused }));
  }

  /** Takes pictures from this computer to learn from. */
  async take(files: readonly File[]): Promise<void> {
    this.mode.value = "pictures";
    await this.halves.pictures.take(files);
  }

  private get half(): Half {
    return this.halves[this.mode.value];
  }

  private async train(from?: { state: Blob; step: number }): Promise<void> {
    const running = this.sources.running();
    if (!running) return;
    clearProblem("run");
    this.sources.take(this);
    await this.half.begin(running, from);
  }

  private draw(): void {
    effect(() => {
      render(this.half.view(), find("train"));
    });
    effect(() => {
      const words = { points: t("trainPoints"), pictures: t("trainPictures") };
      const mode = segments("train-mode", t("trainWhat"), this.mode, words);
      render(html`${mode}${this.half.controls()}`, find("train-panel"));
    });
    effect(() => {
      const { key, step, phase, download } = this.half.progress;
      void [key.value, step.value, phase.value, download.value];
      const price = this.half.price();
      untracked(() => {
        this.sources.onChange();
        if (!find("train").hidden) write("cost", price);
      });
    });
    // Another half: what the one before trains is over.
    effect(() => {
      const { mode, halves } = this;
      halves[mode.value === "points" ? "pictures" : "points"].stop();
      untracked(() => this.half.appear());
    });
  }

  private complain(error: unknown): void {
    if (codeOf(error) !== "engine-crashed") {
      showProblem("run", sentenceOf(error));
      return;
    }
    // A training has an engine of its own. Where the page's answers, that one has crashed.
    const answer = this.sources.running()?.diffuser.plan({ scheduler: {}, steps: 1 });
    void Promise.resolve(answer).then(
      () => showProblem("run", t("trainCrashed")),
      () => this.sources.onCrash(error),
    );
  }
}
