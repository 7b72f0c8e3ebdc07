/** The plots of a training. One is seen at a time, of those that have something to show. */

import { effect, untracked } from "@preact/signals-core";
import { html, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import { bound, segments } from "../parts.ts";
import { Figure } from "../plots/figure.ts";
import type { Drawing, Line } from "../plots/plot.ts";
import { capital, short, t } from "../texts.ts";
import { cited } from "./equations.ts";
import { OBJECTIVES } from "./objectives.ts";
import { PAPERS } from "./papers.ts";
import type { Progress } from "./progress.ts";
import type { Series } from "./series.ts";

/** A plot that can be chosen. */
export interface TrainPlot {
  /** What it is called in the choice. */
  name: string;
  /** A sentence below it, with its paper. */
  caption: TemplateResult;
  /** What it shows now. */
  drawing(): Drawing;
}

/** By the names of all of them. */
export type PlotName = "loss" | "variance" | "bits" | "distance" | "gamma" | "reverse" | "entropy";

/** Those that make sense for a training as it is. The first of all is always there. */
export type Offered = Partial<Record<PlotName, TrainPlot>> & { loss: TrainPlot };

/** A plot is drawn anew after this long, in milliseconds. */
const REST_MS = 800;

/** The choice of a plot, and the plot. */
export class Plots {
  private readonly progress: Progress;
  private readonly offered: () => Offered;
  private readonly figure = new Figure("train");
  /** What was drawn last, and when. */
  private drawn: { name?: PlotName; at: number } = { at: 0 };
  private waiting = 0;

  /** `offered` is asked whenever a signal that it reads has changed. */
  constructor(progress: Progress, offered: () => Offered) {
    this.progress = progress;
    this.offered = offered;
    effect(() => {
      void progress.step.value;
      void this.seen;
      untracked(() => this.show());
    });
  }

  /** The choice, the plot, its legend and its caption. */
  view(): TemplateResult {
    const offered = this.offered();
    const { seen, progress } = this;
    const names = Object.entries(offered).map(([key, { name }]) => [key, name]);
    const chosen = bound(
      () => seen.name,
      (name) => Object.assign(progress.plot, { value: name }),
    );
    return html`<figure class="plotted" id="train-plots" ?hidden=${!progress.trained.value} ${ref(this.attach)}>
      ${segments("train-plot", t("trainPlots"), chosen, Object.fromEntries(names) as Record<PlotName, string>, "chips")}
      ${this.figure.view}
      <figcaption class="hint" id="train-plot-caption">${seen.plot.caption}</figcaption>
    </figure>`;
  }

  /** Draws what there is to see, soon; another plot than before at once. */
  show(): void {
    clearTimeout(this.waiting);
    const rest = this.drawn.name === this.seen.name ? this.drawn.at + REST_MS - performance.now() : 0;
    this.waiting = window.setTimeout(() => void this.draw(), Math.max(0, rest));
  }

  /** The plot that is wanted, or the first where that makes no sense. */
  private get seen(): { name: PlotName; plot: TrainPlot } {
    const offered = this.offered();
    const { value: name } = this.progress.plot;
    const plot = offered[name];
    return plot ? { name, plot } : { name: "loss", plot: offered.loss };
  }

  /** Takes the place of the plot, once it is there. */
  private readonly attach = (element?: Element): void => {
    if (!element) return;
    this.drawn = { at: 0 };
    this.show();
  };

  private async draw(): Promise<void> {
    const { name, plot } = this.seen;
    if (!this.figure.isSeen) return;
    const drawing = plot.drawing();
    const isEmpty = drawing.lines.every(({ points }) => points.length === 0);
    if (isEmpty && this.drawn.name === undefined) return;
    this.drawn = { ...(!isEmpty && { name }), at: performance.now() };
    try {
      await this.figure.draw(drawing, said(plot.name, drawing));
    } catch {
      this.figure.fail(t("trainPlotFailed"));
    }
  }
}

/** A plot in words: where each line begins and ends. */
function said(name: string, { lines, xLabel }: Drawing): string {
  const all = lines.flatMap((line) => {
    const [from, to] = [line.points[0]?.[1], line.points.at(-1)?.[1]];
    if (from === undefined || from === null || to === undefined || to === null) return [];
    return [t("trainLineSaid", { name: line.name, from: short(from, 3), to: short(to, 3) })];
  });
  return all.length === 0 ? t("trainPlotEmpty", { name }) : t("trainPlotSaid", { name, across: xLabel, lines: all });
}

/** The plots of the loss, which every training has. */
export function plotsOfLoss(
  { series, trained, bits, gamma }: Progress,
  objective: keyof typeof OBJECTIVES = "l_simple",
): Offered {
  // The series are none of signals: they grow with what is told of the training.
  void [trained.value, bits.value];
  const { paper, place } = OBJECTIVES[objective];
  const over = { xLabel: t("trainStepAxis"), falling: false, resting: true };
  const { loss, variance, bitsPerDim, kBitsPerDim } = series;
  const isBound = bits.value !== undefined;
  const isK = objective === "k_2015";
  return {
    loss: {
      name: capital(t("trainLoss")),
      caption: html`${t("trainLossPlot")} ${cited(paper, place)}`,
      drawing: () => ({ ...over, ...scaled(bothOf(loss)), yLabel: t("trainLoss") }),
    },
    variance: {
      name: t("trainLossVariance"),
      caption: html`${t("trainLossVariancePlot")} ${cited(PAPERS.vdm)}`,
      drawing: () => ({ ...over, ...scaled(bothOf(variance)), yLabel: t("trainLossVariance") }),
    },
    ...(gamma.value && { gamma: schedule(gamma.value) }),
    ...(isBound && {
      bits: {
        name: capital(t("trainBits")),
        caption: html`${t(isK ? "trainKPlot" : "trainBitsPlot")} ${cited(paper, place)}`,
        drawing: () => ({ ...over, ...boundOf(bitsPerDim, kBitsPerDim), yLabel: t("bitsPerDim") }),
      },
    }),
  };
}

/** The noise schedule as it is learned, beside the linear one between the same ends. */
function schedule(gamma: Float32Array): TrainPlot {
  const [first = 0, last = 0] = [gamma[0], gamma.at(-1)];
  const over = (of: (share: number, value: number) => number): Line["points"] =>
    Array.from(gamma, (value, i) => [i / (gamma.length - 1), of(i / (gamma.length - 1), value)]);
  const lines = [
    { name: t("trainLearned"), chosen: true, points: over((_, value) => value) },
    { name: t("trainLinear"), chosen: false, points: over((share) => first + share * (last - first)) },
  ];
  return {
    name: t("trainSchedule"),
    caption: html`${t("trainGammaPlot")} ${cited(PAPERS.vdm, "18")}`,
    drawing: () => ({
      lines,
      xLabel: t("trainTimeAxis"),
      yLabel: "γ = −log SNR",
      log: false,
      falling: false,
      resting: true,
    }),
  };
}

/** A number, and the same smoothed. */
function bothOf(series: Series): Line[] {
  return [
    { name: t("trainRaw"), chosen: false, points: positive(series.points) },
    { name: t("trainSmoothed"), chosen: true, points: positive(series.smoothed) },
  ];
}

/** Lines on a logarithmic scale where they cover a power of ten; else a linear one shows more. */
function scaled(lines: readonly Line[]): Pick<Drawing, "lines" | "log"> {
  const values = lines.flatMap(({ points }) => points.flatMap(([, y]) => (y === null ? [] : [y])));
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return { lines, log: largest >= 10 * least };
}

/** The bound; K, which can be negative, on a linear scale. */
function boundOf(bits: Series, k: Series): Pick<Drawing, "lines" | "log"> {
  if (k.points.length === 0) return scaled(bothOf(bits));
  return { lines: [{ name: "K", chosen: true, points: k.smoothed }], log: false };
}

/** What can stand on a logarithmic scale. */
function positive(points: Series["points"]): Line["points"] {
  return points.map(([step, value]) => [step, value > 0 ? value : null]);
}
