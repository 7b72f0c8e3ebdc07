/** "Under the hood": the plots and the table of the settings at hand, and the bound of a picture. */

import type { Diffuser, Model } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import type { Worker } from "../bench.ts";
import { find, radios } from "../dom.ts";
import { planOptions, type Settings } from "../settings.ts";
import { samplerName, texts } from "../texts.ts";
import { benchmark, type Timed } from "./benchmark.ts";
import { Bound, type Surroundings } from "./bound.ts";
import { check } from "./check.ts";
import { type AskPlan, axisName, levelAxis, pathLines, planAsker, varianceLines } from "./curves.ts";
import { Estimate, type EstimateSurroundings } from "./estimate.ts";
import { Factors } from "./factors.ts";
import { Figure } from "./figure.ts";
import { ReportCard } from "./report.ts";
import { checking, timing } from "./texts.ts";

/** Where the view looks for what it shows. */
export interface HoodSources {
  model(): Model | undefined;
  diffuser(): Diffuser | undefined;
  /** Takes the engine from whoever has it. */
  take(by: Worker): void;
  /** Throws where the controls make no sense. */
  settings(): Settings;
  picture(): Surroundings["picture"];
  /** All pictures of a finished run, in bytes. */
  pictures(): Uint8Array | undefined;
  /** The model has a table of Analytic-DPM that it had not. */
  onTable(): void;
  perCall(): number | undefined;
  onError(error: unknown): void;
}

/** The view. It works only while it is shown. */
export class Hood {
  private readonly sources: HoodSources;
  private readonly section = find("hood");
  private readonly problem = find("hood-problem");
  private readonly variance = new Figure("variance");
  private readonly path = new Figure("path");
  private readonly factors = new Factors();
  private readonly bound: Bound;
  private readonly estimate: Estimate;
  private readonly reports: readonly Pick<ReportCard<unknown>, "stop" | "update">[];
  private asker: { model: Model; ask: AskPlan } | undefined;
  private turn = 0;

  /** Connects the view; nothing is computed or fetched yet. */
  constructor(sources: HoodSources) {
    this.sources = sources;
    this.bound = new Bound(
      () => this.surroundings(),
      (error) => sources.onError(error),
    );
    this.estimate = new Estimate(() => this.measurable(), {
      onTable: () => this.renew(),
      onError: (error) => sources.onError(error),
    });
    this.reports = [
      new ReportCard("benchmark", { texts: timing, look: () => this.timed(), work: benchmark, events: sources }),
      new ReportCard("check", { texts: checking, look: () => sources.diffuser(), work: check, events: sources }),
    ];
    for (const radio of radios("level")) {
      radio.addEventListener("change", () => {
        void this.update();
        void this.bound.draw();
      });
    }
  }

  /** Ends what the view has under way. */
  cancel(): void {
    this.bound.cancel();
    this.estimate.cancel();
    for (const card of this.reports) card.stop();
  }

  /** Follows a run: there may be another picture, or another speed. */
  follow(): void {
    if (this.section.hidden) return;
    this.bound.update();
    this.estimate.update();
    for (const card of this.reports) card.update();
  }

  /** Follows the controls and the model. */
  async update(): Promise<void> {
    this.follow();
    if (this.section.hidden) return;
    const model = this.sources.model();
    if (!model) return;
    const turn = ++this.turn;
    const sentence = await this.draw(model, this.ask(model), () => turn === this.turn).catch(() => texts.staleplots);
    if (turn !== this.turn) return;
    say(this.problem, sentence);
    this.section.classList.toggle("stale", sentence === texts.staleplots);
  }

  /** Draws everything anew; says what went wrong, or nothing. */
  private async draw(model: Model, ask: AskPlan, current: () => boolean): Promise<string> {
    const settings = this.sources.settings();
    const { hasAnalytic } = model.info;
    const axis = levelAxis();
    const plan = await ask(planOptions(settings));
    if (!plan) return texts.staleplots;
    if (!current()) return "";
    this.factors.show(plan);
    const [variances, paths] = await Promise.all([
      varianceLines(ask, settings, hasAnalytic, axis),
      pathLines(ask, settings, hasAnalytic, axis),
    ]);
    if (!current()) return "";
    const steps = plan.steps.length;
    const chosen = samplerName(settings);
    const trajectory = settings.trajectory === "own" ? texts.ownPath : settings.trajectory;
    const level = axisName(axis);
    try {
      await this.variance.draw(
        { lines: variances, xLabel: level, yLabel: texts.variance, log: true, falling: axis === "t" },
        texts.varianceSaid(variances.length, steps, chosen),
      );
      await this.path.draw(
        { lines: paths, xLabel: texts.stepAxis, yLabel: level, log: false, falling: false },
        texts.pathSaid(paths.length, steps, level, trajectory),
      );
    } catch {
      return texts.plotFailed;
    }
    return "";
  }

  private ask(model: Model): AskPlan {
    if (this.asker?.model !== model) this.asker = { model, ask: planAsker(model) };
    return this.asker.ask;
  }

  /** Another table makes other plans. */
  private renew(): void {
    this.asker = undefined;
    this.sources.onTable();
    void this.update();
  }

  private timed(): Timed | undefined {
    const [model, diffuser] = [this.sources.model(), this.sources.diffuser()];
    return model && diffuser ? { model, diffuser } : undefined;
  }

  private measurable(): EstimateSurroundings | undefined {
    const { sources } = this;
    const model = sources.model();
    return model ? { model, pictures: sources.pictures(), perCall: sources.perCall() } : undefined;
  }

  private surroundings(): Surroundings | undefined {
    const model = this.sources.model();
    if (!model) return undefined;
    return { model, picture: this.sources.picture(), perCall: this.sources.perCall() };
  }
}
