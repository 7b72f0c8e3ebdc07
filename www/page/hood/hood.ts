/** "Under the hood": the plots and the table of the settings at hand, and the bound of a picture. */

import type { Model } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import { find, radios } from "../dom.ts";
import { figureOf } from "../plots/figure.ts";
import { planOptions, type Settings } from "../settings.ts";
import { samplerName, t } from "../texts.ts";
import { benchmark } from "./benchmark.ts";
import { Bound } from "./bound.ts";
import type { Card, CardSources } from "./card.ts";
import { check } from "./check.ts";
import { type AskPlan, axisName, levelAxis, pathLines, planAsker, varianceLines } from "./curves.ts";
import { Estimate } from "./estimate.ts";
import { Factors } from "./factors.ts";
import { ReportCard } from "./report.ts";

/** Where the view looks for what it shows. */
interface HoodSources extends CardSources {
  /** Throws where the controls make no sense. */
  settings(): Settings;
}

/** The view. It works only while it is shown. */
export class Hood {
  private readonly sources: HoodSources;
  private readonly section = find("hood");
  private readonly problem = find("hood-problem");
  private readonly variance = figureOf("variance");
  private readonly path = figureOf("path");
  private readonly factors = new Factors();
  private readonly bound: Bound;
  private readonly cards: readonly Card[];
  private asker: { model: Model; ask: AskPlan } | undefined;
  private turn = 0;

  /** Connects the view; nothing is computed or fetched yet. */
  constructor(sources: HoodSources) {
    this.sources = sources;
    const renewed: CardSources = { ...sources, onTable: () => this.renew() };
    this.bound = new Bound(sources);
    this.cards = [
      this.bound,
      new Estimate(renewed),
      new ReportCard("benchmark", { ready: "benchmarkReady", work: benchmark }, sources),
      new ReportCard("check", { ready: "checkReady", work: check }, sources),
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
    for (const card of this.cards) card.stop();
  }

  /** Follows a run: there may be another picture, or another speed. */
  follow(): void {
    if (this.section.hidden) return;
    for (const card of this.cards) card.update();
  }

  /** Follows the controls and the model. */
  async update(): Promise<void> {
    this.follow();
    if (this.section.hidden) return;
    const model = this.sources.look()?.model;
    if (!model) return;
    const turn = ++this.turn;
    const stale = t("plotsStale");
    const sentence = await this.draw(model, this.ask(model), () => turn === this.turn).catch(() => stale);
    if (turn !== this.turn) return;
    say(this.problem, sentence);
    this.section.classList.toggle("stale", sentence === stale);
  }

  /** Draws everything anew; says what went wrong, or nothing. */
  private async draw(model: Model, ask: AskPlan, current: () => boolean): Promise<string> {
    const settings = this.sources.settings();
    const { hasAnalytic } = model.info;
    const axis = levelAxis();
    const plan = await ask(planOptions(settings));
    if (!plan) return t("plotsStale");
    if (!current()) return "";
    this.factors.show(plan);
    const [variances, paths] = await Promise.all([
      varianceLines(ask, settings, hasAnalytic, axis),
      pathLines(ask, settings, hasAnalytic, axis),
    ]);
    if (!current()) return "";
    const steps = plan.steps.length;
    const chosen = samplerName(settings);
    const trajectory = settings.trajectory === "own" ? t("ownPath") : settings.trajectory;
    const level = axisName(axis);
    try {
      await this.variance.draw(
        { lines: variances, xLabel: level, yLabel: t("varianceZ"), log: true, falling: axis === "t" },
        t("variancePlot", { n: variances.length, steps, chosen }),
      );
      await this.path.draw(
        { lines: paths, xLabel: t("stepAxis"), yLabel: level, log: false, falling: false },
        t("pathPlot", { axis: level, steps, n: paths.length, chosen: trajectory }),
      );
    } catch {
      return t("plotFailed");
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
}
