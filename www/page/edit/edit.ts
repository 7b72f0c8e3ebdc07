/**
 * The room "Edit": a picture that is given, and what the model makes of it. Its state is a store of signals (state.ts), its two
 * parts of the page are functions of it (view.ts, panel.ts), and what computes is Generate's own (film.ts).
 */

import { effect, signal, untracked } from "@preact/signals-core";
import { render } from "lit-html";
import type { Model } from "../../src/index.ts";
import { fromBytes, type Pictures } from "../../ui/pixels.ts";
import type { Bench, BenchSources } from "../bench.ts";
import { find, write } from "../dom.ts";
import type { Running } from "../model/engine.ts";
import { freshSeeds, readControls, writeControls } from "../panel/controls.ts";
import { priceOf } from "../panel/cost.ts";
import {
  CONTROLS,
  clearProblem,
  clearProblems,
  codeOf,
  sentenceOf,
  showError,
  showProblem,
} from "../panel/problems.ts";
import { check } from "../parts.ts";
import type { OnStage } from "../save/saved.ts";
import { planOptions, rollSeed } from "../settings.ts";
import type { EditAsked } from "../share/edit.ts";
import { madeWith } from "../share/made.ts";
import type { Shared } from "../share/sheet.ts";
import { t } from "../texts.ts";
import { Hand } from "./easel.ts";
import { Film } from "./film.ts";
import { pack } from "./packed.ts";
import { controls } from "./panel.ts";
import { Sources } from "./sources.ts";
import { Store } from "./state.ts";
import { editOptions, planned } from "./tools.ts";
import { unpack } from "./unpacked.ts";
import { type Hands, screens } from "./view.ts";

/** What the room needs of the page beside what every bench does. */
export interface EditSources extends BenchSources {
  /** The finished pictures on Generate's stage, where they are of the model's size. */
  made(): Pictures | undefined;
}

/** Noise up to this part of the timesteps leaves a picture's shape, and little of its details. */
const VARIED = 0.5;

/** The room. */
export class Edit implements Bench {
  readonly verb = t("generate");
  readonly store = new Store();
  private readonly sources: EditSources;
  private readonly film: Film;
  private readonly pictures = new Sources(this.store, (error) => this.complain(error));
  private readonly section = find("edit");
  private readonly seen = signal(false);
  /** What is said beside the number of images where each begins with noise of its own. */
  private readonly ownNoise = find("images-hint").textContent ?? "";
  /** Steps of the run that is asked for; undefined while the model has not said. */
  private steps: number | undefined;

  /** Draws the room; nothing is computed yet. */
  constructor(sources: EditSources) {
    this.sources = sources;
    this.film = new Film(this.store, {
      running: () => sources.running(),
      onChange: () => sources.onChange(),
      onError: (error) => this.complain(error),
    });
    const running = sources.running();
    if (running) this.adopt(running);
    this.draw();
    this.follow();
    document.addEventListener("paste", (event) => this.section.hidden || this.pictures.paste(event));
    this.section.addEventListener("keydown", (event) => this.press(event));
  }

  get busy(): boolean {
    return this.film.generator.busy;
  }

  get fraction(): number {
    return this.film.player.fraction;
  }

  async begin(): Promise<void> {
    if (!this.sources.running()) return;
    const fields = [...find("edit-panel").querySelectorAll<HTMLInputElement>("input[type=number]")];
    const wrong = fields.filter((field) => !check(field))[0];
    if (wrong) return wrong.focus();
    clearProblems(CONTROLS.filter((control) => control !== "model" && control !== "backend"));
    try {
      const more = editOptions(this.store, readControls().images);
      const asked = await pack(this.store);
      if (freshSeeds() && this.film.player.outcome !== "empty") writeControls({ seed: rollSeed() });
      const settings = readControls();
      this.sources.take(this);
      await this.film.begin(settings, more, asked);
    } catch (error) {
      this.complain(error);
    }
    this.sources.onChange();
  }

  stop(): void {
    this.film.generator.stop();
  }

  price(running: Running): string | undefined {
    const settings = readControls();
    return priceOf(running, { ...settings, steps: this.steps ?? settings.steps });
  }

  adopt({ model }: Running): void {
    const { info } = model;
    this.stop();
    void this.measure(model);
    const { store } = this;
    const [before, { file }] = [store.shape.value, store.layers.value];
    store.reset(info.shape, info.scheduler.num_train_timesteps ?? 1000);
    if (file && String(before) !== String(info.shape)) void this.open(file);
    this.consider();
  }

  consider(): void {
    void this.count();
    this.sources.onChange();
  }

  appear(seen: boolean): void {
    this.seen.value = seen;
    if (seen) this.store.made.value = this.sources.made();
  }

  /** Takes a picture that was generated: to make others like it, or as an end of the way between two. */
  use(picture: Pictures, as: "varied" | "a" | "b"): void {
    const { store } = this;
    store.tool.value = as === "varied" ? "begin" : "mix";
    if (as === "varied") store.t.value = Math.round(VARIED * store.timesteps.value);
    if (as === "b") store.mix.other.value = fromBytes(picture.pixels);
    else this.pictures.take(0, picture);
  }

  /** Takes a file as the picture. */
  open(file: File): Promise<void> {
    return this.pictures.open(file);
  }

  /** Sets the room as a link or a file asks. What makes no sense is said. */
  async set(asked: EditAsked): Promise<void> {
    try {
      await unpack(asked, this.store, (seed) => this.pictures.addNoise(seed));
    } catch (error) {
      this.complain(error);
    }
  }

  /** The run that is shown. */
  get run(): unknown {
    return this.film.generator.made;
  }

  /** The run that is shown, to be shared; else what the controls ask for. Throws where they make no sense. */
  async shared(running: Running): Promise<Shared> {
    if (this.film.made) return { made: this.film.made, onStage: true };
    const [settings, asked] = [readControls(), await pack(this.store)];
    const plan = await running.model.plan({ ...planOptions(settings), ...planned(this.store) });
    return { made: { ...madeWith(running, settings, plan), edit: asked }, onStage: false };
  }

  /** The run that is shown, to be saved. */
  saved(): OnStage | undefined {
    const { made, player } = this.film;
    const { frame, history, total, clock } = player;
    if (!made || !frame) return undefined;
    return { made, history, frame, which: frame.step === total ? "xt" : "x0", total, times: clock.times };
  }

  private draw(): void {
    const { store, film, pictures } = this;
    const hands: Hands = {
      hand: new Hand(store),
      film,
      open: (file) => void pictures.open(file),
      take: (image) => pictures.take(image),
      addNoise: () => void pictures.toggleNoise(),
      goOn: () => {
        pictures.goOn();
        find("easel").focus();
      },
      save: () => find("save").showPopover(),
    };
    const panel = find("edit-panel");
    effect(() => {
      const [, height, width] = store.shape.value;
      this.section.style.setProperty("--wide", String(width / height));
      render(screens(store, hands), this.section);
    });
    effect(() => {
      render(controls(store, hands), panel);
    });
  }

  /** What follows from a change of the store, beside what is drawn. */
  private follow(): void {
    const { store } = this;
    let fit = store.fit.value;
    effect(() => {
      const { file } = store.layers.peek();
      if (store.fit.value !== fit && file) void this.open(file);
      fit = store.fit.value;
    });
    effect(() => {
      const between = this.seen.value && store.tool.value === "mix";
      write("images-hint", between ? t("editMixImages") : this.ownNoise);
    });
    effect(() => {
      const { method, jump, resample } = store.fill;
      void [store.tool.value, store.t.value, method.value, jump.value, resample.value, store.given.value === undefined];
      void [store.mix.other.value, store.denoise.method.value, store.denoise.sigma.value];
      clearProblem("edit");
      untracked(() => void this.count());
    });
  }

  /** Asks the model how many steps the run will have: RePaint goes through them several times. */
  private async count(): Promise<void> {
    const model = this.sources.running()?.model;
    if (!model) return;
    try {
      const plan = await model.plan({ ...planOptions(readControls()), ...planned(this.store) });
      this.steps = plan.timesteps.length;
    } catch {
      // What is wrong is said when the run is begun.
      this.steps = undefined;
    }
    this.sources.onChange();
  }

  /** Asks the model how noisy its last timestep is. */
  private async measure(model: Model): Promise<void> {
    const steps = this.store.timesteps.value;
    const [first] = (await model.plan({ sampler: "ddim", trajectory: "leading", steps })).steps;
    // Rounded down: the engine takes no more.
    if (first) this.store.mostNoise.value = Math.floor(100 * Math.exp(-first.logSnr / 2)) / 100;
  }

  private press(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.store.redo();
    else this.store.undo();
  }

  private complain(error: unknown): void {
    const code = codeOf(error);
    if (code === "engine-crashed") this.sources.onCrash(error);
    else if (code === "") showProblem("edit", sentenceOf(error));
    else showError(error);
  }
}
