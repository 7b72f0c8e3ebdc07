/** The half of the room that learns points of the plane. Its state is a store (state.ts), what trains is a session (session.ts). */

import { effect, untracked } from "@preact/signals-core";
import type { TemplateResult } from "lit-html";
import { find } from "../dom.ts";
import type { Running } from "../model/engine.ts";
import type { TrainAsked } from "../share/train.ts";
import { bytes, cost, t } from "../texts.ts";
import { parametersOf, read } from "./asked.ts";
import type { Half, HalfSources } from "./half.ts";
import { forget, kept } from "./keep.ts";
import { controls } from "./panel.ts";
import { Pen } from "./pen.ts";
import { plotsOf } from "./plane-plots.ts";
import { Plots } from "./plots.ts";
import { levelsOf } from "./process.ts";
import { KEPT, Session } from "./session.ts";
import { askedOf, schedulerOf } from "./settings.ts";
import { Stage } from "./stage.ts";
import { type Kept, Store } from "./state.ts";
import type { State } from "./training.ts";
import { type Hands, view } from "./view.ts";

/** The half. */
export class Points implements Half {
  readonly progress = new Store();
  private readonly sources: HalfSources;
  private readonly session: Session;
  private readonly plots = new Plots(this.progress, () => plotsOf(this.progress));
  private readonly hands: Hands;

  /** Nothing is computed yet. */
  constructor(sources: HalfSources) {
    this.sources = sources;
    const { progress: store, plots } = this;
    this.session = new Session(store, {
      changed: sources.onChange,
      failed: (error) => {
        sources.complain(error);
        void this.offer();
      },
    });
    this.hands = {
      stage: new Stage(store),
      plots,
      pen: new Pen(store),
      goOn: () => void this.goOn(),
      forget: () => {
        store.kept.value = undefined;
        void forget(KEPT);
        find("generate").focus();
      },
    };
    this.follow();
    void this.offer();
  }

  get busy(): boolean {
    return this.session.busy;
  }

  async begin(running: Running, from?: State): Promise<void> {
    this.progress.kept.value = undefined;
    await this.session.begin(running.diffuser, from);
  }

  stop(): void {
    this.session.stop();
  }

  price(): string {
    const { step, steps, target, trained, msPerStep, download, goesOn } = this.progress;
    const rest = goesOn && step.value < target.value ? target.value - step.value : steps.value;
    const count = t("trainCount", { n: rest });
    if (trained.value && !goesOn) return t("trainAnew", { steps: count });
    if (trained.value && msPerStep.value !== undefined) return cost((msPerStep.value * rest) / 1000, count);
    return download.value === undefined ? t("trainLocal") : t("trainDownload", { bytes: bytes(download.value) });
  }

  adopt({ diffuser }: Running): void {
    this.session.leave(diffuser);
    void this.offer();
    void this.measure();
  }

  appear(): void {
    this.plots.show();
    void this.measure();
  }

  view(): TemplateResult {
    return view(this.progress, this.hands);
  }

  controls(): TemplateResult {
    return controls(this.progress, this.hands);
  }

  get asked(): TrainAsked {
    const { asked, word, lines } = this.progress;
    return parametersOf({ asked: askedOf(asked), word: word.value, lines: lines.value });
  }

  set(asked: TrainAsked, refuse: (what: string) => void): void {
    const { word, lines } = this.progress;
    this.progress.take(read(asked, { word: word.value, lines: lines.value }, refuse));
  }

  /** What follows from a change of the store, beside what is drawn. */
  private follow(): void {
    const { progress: store, session, sources } = this;
    effect(() => {
      void store.asked.schedule.value;
      untracked(() => void this.measure());
    });
    effect(() => {
      void store.sampler.value;
      untracked(() => void session.look().catch(sources.complain));
    });
    effect(() => {
      void [store.withField.value, store.t.value];
      untracked(() => void session.lookAtField().catch(sources.complain));
    });
    effect(() => {
      if (store.wantsReverse) untracked(() => void session.lookAtReverse().catch(sources.complain));
    });
  }

  /** Asks the library how the noise grows. */
  private async measure(): Promise<void> {
    const { progress: store } = this;
    const diffuser = this.sources.running()?.diffuser;
    if (!diffuser) return;
    const schedule = store.asked.schedule.value;
    const levels = await levelsOf(diffuser, schedulerOf({ schedule })).catch(() => undefined);
    if (schedule === store.asked.schedule.value) store.levels.value = levels;
  }

  /** Offers what an earlier visit has learnt, once there is an engine that can go on with it. */
  private async offer(): Promise<void> {
    if (!this.sources.running()) return;
    const found = await kept<Kept>(KEPT);
    if (this.progress.phase.value === "empty") this.progress.kept.value = found;
  }

  private async goOn(): Promise<void> {
    const found = this.progress.kept.value;
    if (!found || !this.sources.running()) return;
    this.progress.take(found);
    find("generate").focus();
    await this.sources.begin(found);
  }
}
