/** A curve of the training, drawn by the plots' own module, which is fetched with it. */

import { say } from "../../ui/dom.ts";
import type { Line, Plot } from "../plots/plot.ts";
import { type Key, t } from "../texts.ts";
import type { Losses } from "./losses.ts";

/** The plot is drawn anew after this long, in milliseconds. */
const REST_MS = 800;

/** Shows lines over the steps of the training, on a logarithmic scale. */
export class Curve {
  private host: HTMLElement | undefined;
  private plot: Promise<Plot> | undefined;
  private drawn = 0;
  private waiting = 0;
  private readonly label: Key;

  /** `label` is what stands upwards. */
  constructor(label: Key) {
    this.label = label;
  }

  /** Takes the place of the plot, once it is there. */
  readonly attach = (element?: Element): void => {
    if (!(element instanceof HTMLElement) || element === this.host) return;
    this.host = element;
    this.plot = undefined;
  };

  /** Shows these lines, soon. */
  show(lines: () => Line[]): void {
    clearTimeout(this.waiting);
    const rest = Math.max(0, this.drawn + REST_MS - performance.now());
    this.waiting = window.setTimeout(() => void this.draw(lines()), rest);
  }

  private async draw(lines: Line[]): Promise<void> {
    const { host } = this;
    const empty = lines.every(({ points }) => points.length === 0);
    if (!host?.clientWidth || (empty && !this.plot)) return;
    this.drawn = performance.now();
    this.plot ??= import("../plots/plot.ts").then(({ createPlot }) => createPlot(host, () => {}));
    try {
      (await this.plot).draw({ lines, xLabel: t("trainStepAxis"), yLabel: t(this.label), log: true, falling: false });
    } catch {
      this.plot = undefined;
      say(host, t("plotFailed"));
    }
  }
}

/** The lines of the losses. */
export function lossLines({ points, smoothed }: Losses): Line[] {
  return [
    { name: t("trainRaw"), chosen: false, points },
    { name: t("trainSmoothed"), chosen: true, points: smoothed },
  ];
}
