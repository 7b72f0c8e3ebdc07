/** "Under the hood": the plots and the table of the settings at hand, and the bound of a picture. */

import { effect, signal } from "@preact/signals-core";
import { html, nothing, render, type TemplateResult } from "lit-html";
import type { Model, Plan } from "../../src/index.ts";
import { find } from "../dom.ts";
import { segments, withParts } from "../parts.ts";
import { Figure } from "../plots/figure.ts";
import { planOptions, type Settings } from "../settings.ts";
import { type Key, samplerName, t } from "../texts.ts";
import { Bound } from "./bound.ts";
import { type Card, card, type LevelAxis, type Shared, type Surroundings } from "./card.ts";
import { type AskPlan, axisName, pathLines, planAsker, varianceLines } from "./curves.ts";
import { Estimate } from "./estimate.ts";
import { factors } from "./factors.ts";
import { BENCHMARK, CHECK, ReportCard } from "./reports.ts";

/** Where the view looks for what it shows. */
interface HoodSources extends Pick<Shared, "take" | "onTable" | "onError"> {
  /** How the page stands; undefined while there is no engine. */
  look(): Surroundings | undefined;
  /** Throws where the controls make no sense. */
  settings(): Settings;
}

/** The view. It works only while it is shown. */
export class Hood {
  private readonly sources: HoodSources;
  private readonly section = find("hood");
  private readonly now = signal<Surroundings | undefined>(undefined);
  private readonly axis = signal<LevelAxis>("logSnr");
  private readonly problem = signal("");
  private readonly stale = signal(false);
  private readonly plan = signal<Plan | undefined>(undefined);
  private readonly variance = new Figure("variance");
  private readonly path = new Figure("path");
  private readonly cards: readonly [Card, Card, Card, Card];
  private asker: { model: Model; ask: AskPlan } | undefined;
  private turn = 0;

  /** Draws the view; nothing is computed yet. */
  constructor(sources: HoodSources) {
    this.sources = sources;
    const { now, axis } = this;
    const shared: Shared = { ...sources, now, axis, onTable: () => this.renew() };
    this.cards = [
      new Bound(shared),
      new Estimate("estimate", shared),
      new ReportCard("benchmark", BENCHMARK, shared),
      new ReportCard("check", CHECK, shared),
    ];
    effect(() => void render(this.view(), this.section));
    axis.subscribe(() => void this.update());
  }

  /** Ends what the view has under way. */
  cancel(): void {
    for (const card of this.cards) card.stop();
  }

  /** Follows a run: there may be another picture, or another speed. */
  follow(): void {
    if (this.section.hidden) return;
    this.now.value = this.sources.look();
    for (const card of this.cards) card.follow();
  }

  /** Follows the controls and the model. */
  async update(): Promise<void> {
    this.follow();
    const model = this.now.value?.model;
    if (this.section.hidden || !model) return;
    const turn = ++this.turn;
    const stale = t("plotsStale");
    const sentence = await this.draw(model, this.ask(model), () => turn === this.turn).catch(() => stale);
    if (turn !== this.turn) return;
    this.problem.value = sentence;
    this.stale.value = sentence === stale;
  }

  private view(): TemplateResult {
    const [bound, estimate, benchmark, check] = this.cards;
    const where = [html`<span class="aside">${t("onTheRight")}</span>`, html`<span class="below">${t("below")}</span>`];
    const axes = { t: axisName("t"), logSnr: axisName("logSnr") };
    return html`<div class="wrap lead"><p>${withParts("hoodLead", ...where)}</p>${segments("level", t("levelAxis"), this.axis, axes, "segments")}</div>
      <p class="problem" id="hood-problem" role="alert">${this.problem.value}</p>
      ${this.plotted(this.variance, "varianceTitle", "varianceHint", "variance")}
      ${this.plotted(this.path, "pathTitle", "pathHint", "trajectory")}
      ${bound.view()}${estimate.view()}${factors(this.plan.value)}${benchmark.view()}${check.view()}`;
  }

  private plotted(figure: Figure, title: Key, hint: Key, paper: string): TemplateResult {
    const body = html`${figure.view}<figcaption class="hint">${t(hint)}</figcaption>`;
    return card(figure.name, title, body, paper, nothing, this.stale.value ? "stale" : "");
  }

  /** Draws everything anew; says what went wrong, or nothing. */
  private async draw(model: Model, ask: AskPlan, current: () => boolean): Promise<string> {
    const settings = this.sources.settings();
    const { hasAnalytic } = model.info;
    const axis = this.axis.value;
    const plan = await ask(planOptions(settings));
    if (!plan) return t("plotsStale");
    if (!current()) return "";
    this.plan.value = plan;
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
