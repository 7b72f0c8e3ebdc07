/** The last runs as a filmstrip: each a small picture, and a way back to it without computing it again. */

import { html, render } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import { draw, sheetOf } from "../../ui/pixels.ts";
import type { App } from "../app.ts";
import { find } from "../dom.ts";
import type { PastRun } from "../generate/past.ts";
import { t } from "../texts.ts";

/** The strip; it is there from the second run on. */
export class Runs {
  private readonly app: App;
  private readonly strip = document.createElement("div");

  constructor(app: App) {
    this.app = app;
    Object.assign(this.strip, { id: "runs", className: "thumbs runs" });
    this.strip.setAttribute("role", "group");
    this.strip.setAttribute("aria-label", t("runsLabel"));
    find("which").after(this.strip);
    this.update();
  }

  /** Shows the runs that there are. */
  update(): void {
    const { generator, journey } = this.app;
    const one = (run: PastRun) => {
      const name = t("runsOne", { made: run.showing.made });
      return html`<button type="button" aria-label=${name} title=${name} aria-current=${String(run.made === generator.made)}
        @click=${() => this.app.journey.recall(run)}><canvas aria-hidden="true" ${ref(painted(run))}></canvas></button>`;
    };
    render(journey.past.runs.length > 1 ? journey.past.runs.map(one) : "", this.strip);
  }
}

/** Draws the last pictures of a run, as square as they stand. */
function painted({ history, showing }: PastRun) {
  return (canvas?: Element) => {
    const frame = history.at(history.length - 1);
    if (!(canvas instanceof HTMLCanvasElement) || !frame) return;
    const pictures = { pixels: frame.pixels.x0, count: showing.images, shape: showing.shape };
    draw(canvas, sheetOf(pictures, Math.ceil(Math.sqrt(showing.images))));
  };
}
