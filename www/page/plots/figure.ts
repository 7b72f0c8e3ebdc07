/** A plot with its legend: the plotting code is fetched when the first one is drawn. */

import { make, say, shape } from "../../ui/dom.ts";
import { short } from "../texts.ts";
import type { Drawing, Line, Plot } from "./plot.ts";

type PlotModule = typeof import("./plot.ts");

/** One for all figures; tried again after a failure. */
let module: Promise<PlotModule> | undefined;

/** A plot and its legend, whose ids begin with a name. */
export class Figure {
  readonly name: string;
  private readonly host: HTMLElement;
  private readonly legend: HTMLElement;
  private plot: Plot | undefined;
  private drawing: Drawing | undefined;
  private values: HTMLElement[] = [];

  /** Makes both, empty; nothing is fetched yet. */
  constructor(name: string) {
    this.name = name;
    this.host = make("div", { class: "plot", id: `${name}-plot` });
    this.legend = make("ul", { class: "bare legend", id: `${name}-legend` });
  }

  /** What stands in a template. */
  get view(): Node[] {
    return [this.host, this.legend];
  }

  /** Whether there is room to draw. */
  get isSeen(): boolean {
    return this.host.clientWidth > 0;
  }

  /** Says in place of the legend what went wrong. */
  fail(sentence: string): void {
    this.legend.replaceChildren(make("li", {}, sentence));
  }

  /** Draws the lines; `said` is the plot in words. Rejects where the plotting code cannot be fetched. */
  async draw(drawing: Drawing, said: string): Promise<void> {
    this.drawing = drawing;
    this.host.setAttribute("role", "img");
    this.host.setAttribute("aria-label", said);
    module ??= import("./plot.ts");
    try {
      const { createPlot, DASHES } = await module;
      this.plot ??= createPlot(this.host, (values) => this.hover(values));
      // Only the newest drawing, where another came while the code was on its way.
      if (this.drawing !== drawing) return;
      this.plot.draw(drawing);
      this.entries(drawing.lines, DASHES);
    } catch (error) {
      module = undefined;
      throw error;
    }
  }

  private entries(lines: readonly Line[], dashes: readonly number[][]): void {
    this.values = [];
    const items = lines.map((line, index) => {
      const value = make("span", { class: "value" }, line.note ?? "");
      if (line.note === undefined) this.values[index] = value;
      const marks = { class: line.chosen ? "chosen" : "", "data-points": String(line.points.length) };
      return make("li", marks, sample(line.chosen ? [] : (dashes[index % dashes.length] ?? [])), line.name, value);
    });
    this.legend.replaceChildren(...items);
    this.hover([]);
  }

  private hover(values: (number | null)[]): void {
    for (const [index, element] of this.values.entries()) {
      const { resting, lines } = this.drawing ?? {};
      const value = values[index] ?? (resting ? lines?.[index]?.points.at(-1)?.[1] : undefined);
      if (element) say(element, value === null || value === undefined ? "" : short(value, 3));
    }
  }
}

/** A piece of the line, as it is drawn. */
function sample(dash: readonly number[]): SVGElement {
  const line = shape("line", { x1: "0", x2: "22", y1: "3", y2: "3", "stroke-dasharray": dash.join(" ") });
  return shape("svg", { viewBox: "0 0 22 6", "aria-hidden": "true" }, line);
}
