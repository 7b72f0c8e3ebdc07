/** What the page hands to Share and Save, and what it takes from an address: of Generate, or of Interpolate while it is shown. */

import type { Pictures } from "../ui/pixels.ts";
import type { Benches } from "./benches.ts";
import type { Compare } from "./compare/compare.ts";
import type { TimedPlayer } from "./generate/clock.ts";
import type { Generator } from "./generate/generator.ts";
import { shownPicture } from "./generate/transport.ts";
import type { View } from "./generate/view.ts";
import type { Interpolate } from "./interpolate/interpolate.ts";
import type { Running } from "./model/engine.ts";
import type { Switching } from "./model/switching.ts";
import { readControls } from "./panel/controls.ts";
import { speedOf } from "./panel/cost.ts";
import { ignored, showProblem } from "./panel/problems.ts";
import type { Morphing, OnStage, Tabled } from "./save/saved.ts";
import { planOptions } from "./settings.ts";
import type { Address } from "./share/address.ts";
import { type Made, madeWith } from "./share/made.ts";
import { morphSettings } from "./share/morph.ts";
import type { Shared } from "./share/sheet.ts";
import { t } from "./texts.ts";

/** Looks at the parts of the page for those who share and save. */
export class Handover {
  private readonly switching: Switching;
  private readonly generator: Generator;
  private readonly player: TimedPlayer;
  private readonly benches: Benches;
  private readonly stage: Pick<View, "columns" | "showing">;

  /** Looks at these. */
  constructor(
    switching: Switching,
    generator: Generator,
    player: TimedPlayer,
    benches: Benches,
    stage: Pick<View, "columns" | "showing">,
  ) {
    this.switching = switching;
    this.generator = generator;
    this.player = player;
    this.benches = benches;
    this.stage = stage;
  }

  /** What Share describes, once the view's code is there. Throws where the controls make no sense. */
  async shared(): Promise<Shared | undefined> {
    await this.benches.fetched();
    return this.described();
  }

  /** What is shown, else what the controls ask for. */
  private async described(): Promise<Shared | undefined> {
    const { running, morphs, edits, trains } = this;
    if (running && trains) return { made: { ...(await this.asked(running)), train: trains.asked }, onStage: false };
    if (edits) return running && edits.shared(running);
    const { made } = this.generator;
    if (running && this.tables) return this.sharedTable(running, this.tables);
    if (made && !morphs) return { made, onStage: true };
    if (!running) return undefined;
    if (morphs) return this.sharedMorph(running, morphs);
    return { made: await this.asked(running), onStage: false };
  }

  /** The run that the view has made, as against any other; undefined where it has made none. */
  get run(): unknown {
    const { shown, interpolate, edit, train, compare } = this.benches;
    if (!shown) return this.generator.made;
    if (shown === interpolate) return interpolate.open?.run;
    if (shown === edit) return edit.open?.run;
    if (shown === train) return train.open?.run;
    return shown === compare ? compare.open?.asked : undefined;
  }

  /** What the address says: the run that is shown, where it is of the model that is loaded; else what Generate is asked for. */
  async told(): Promise<Made | undefined> {
    const { running } = this;
    const made = running && (await this.described())?.made;
    if (!running || made?.source === running.source) return made && running && { ...made, asked: running.backend };
    return this.asked(running);
  }

  /** What Generate is asked for. Throws where that makes no sense. */
  private async asked(running: Running): Promise<Made> {
    const settings = readControls();
    return madeWith(running, settings, await running.model.plan(planOptions(settings)));
  }

  /** What Save saves; undefined when nothing was computed. */
  async saved(): Promise<OnStage | Morphing | Tabled | undefined> {
    await this.benches.fetched();
    if (this.tables) {
      const [made, pictures] = [(await this.described())?.made, this.tables.pictures()];
      return made && pictures && { made, ...pictures };
    }
    if (this.edits) return this.edits.saved();
    const { morphs } = this;
    if (morphs) {
      const made = (await this.described())?.made;
      const film = morphs.film();
      return made && film && { made, ...film };
    }
    const { frame, history, total, clock } = this.player;
    const { made } = this.generator;
    if (!frame || !made) return undefined;
    const { columns } = this.stage;
    return { made, history, frame, which: shownPicture(), total, times: clock.times, columns };
  }

  /** What the cards under the hood can measure: a finished run, where its pictures are of the model's size. */
  measurable() {
    const { running, player } = this;
    if (!running) return undefined;
    const { model, diffuser } = running;
    const { shape, made } = this.stage.showing;
    const fits = player.outcome === "complete" && String(shape) === String(model.info.shape);
    const pixels = fits ? player.newest?.pixels.x0 : undefined;
    const run = pixels && { pixels, shape, made };
    return { model, diffuser, run, perCall: speedOf(running) };
  }

  /** The finished pictures on the stage, to be edited. */
  pictures(): Pictures | undefined {
    const run = this.measurable()?.run;
    return run && { pixels: run.pixels, shape: run.shape, count: this.stage.showing.images };
  }

  /** Sets Interpolate or Edit as an address asks; a class that the model does not have is said. */
  async set({ morph, edit, train, origin }: Address): Promise<void> {
    const { running } = this;
    if (train) (await this.benches.train.enter())?.set(train);
    if (edit && running) await (await this.benches.edit.enter())?.set(edit);
    if (!morph || !running) return;
    const { morph: store } = this.benches;
    const { settings, unknown } = morphSettings(morph, store.seedsFrom(readControls().seed), running.model.info);
    store.set(settings);
    const sentences = unknown.map((asked) => ignored({ ...asked, reason: t("classUnknown") }, origin));
    if (sentences.length > 0) showProblem("corners", sentences.join(" "));
  }

  private async sharedTable(running: Running, { asked, owned }: Compare): Promise<Shared> {
    const settings = asked ?? { ...readControls(), images: 1 };
    const plan = await running.model.plan(planOptions(settings));
    return { made: { ...madeWith(running, settings, plan), table: owned }, onStage: asked !== undefined };
  }

  private async sharedMorph(running: Running, morphs: Interpolate): Promise<Shared> {
    const { asked, run, onStage } = morphs.shared();
    const [first] = asked.classes;
    const settings = { ...run, class: first === "same" ? "any" : first, seed: asked.seeds[0], images: 1 } as const;
    const plan = await running.model.plan(planOptions(run));
    return { made: { ...madeWith(running, settings, plan), morph: asked }, onStage };
  }

  /** The room Edit, while it is shown. */
  private get edits() {
    const { edit, shown } = this.benches;
    return shown === edit ? edit.open : undefined;
  }

  /** The room Train, while it is shown. */
  private get trains() {
    const { train, shown } = this.benches;
    return shown === train ? train.open : undefined;
  }

  /** The room Compare, while it is shown. */
  private get tables() {
    const { compare, shown } = this.benches;
    return shown === compare ? compare.open : undefined;
  }

  /** The room Interpolate, while it is shown. */
  private get morphs() {
    const { interpolate, shown } = this.benches;
    return shown === interpolate ? interpolate.open : undefined;
  }

  private get running(): Running | undefined {
    return this.switching.alive ? this.switching.engine.running : undefined;
  }
}
