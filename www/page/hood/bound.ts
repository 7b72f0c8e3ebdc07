/** How likely a picture is: measures the bound of each method, term by term, and shows what it found. */

import type { Likelihood, LikelihoodOptions, Model } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import { draw, fromBytes, squareSheet } from "../../ui/pixels.ts";
import { announce, find, rowOf } from "../dom.ts";
import { problemWith } from "../panel/numbers.ts";
import { entropyDrawing } from "../plots/entropy.ts";
import { figureOf } from "../plots/figure.ts";
import type { Drawing, Line } from "../plots/plot.ts";
import { oneLabel } from "../settings.ts";
import { duration, samplerName, t } from "../texts.ts";
import { Card, type CardSources, type Finished, type Surroundings } from "./card.ts";
import { axisName, levelAxis, levelsOf } from "./curves.ts";
import { bits, densityRows } from "./density.ts";
import { lengthOf } from "./pictures.ts";

type Method = Pick<LikelihoodOptions, "variance" | "continuous"> & {
  sampler: NonNullable<LikelihoodOptions["sampler"]>;
  analytic?: true;
};

const METHODS: readonly Method[] = [
  { sampler: "ddpm", variance: "small" },
  { sampler: "ddpm", variance: "large" },
  { sampler: "analytic-ddpm", analytic: true },
  { sampler: "vdm" },
  { sampler: "vdm", continuous: true },
];

/** A measured bound. */
export interface Found {
  name: string;
  bound: Likelihood;
}

/** The card of the bound. */
export class Bound extends Card {
  private readonly figure = figureOf("bound");
  private readonly entropy = figureOf("entropy");
  private readonly steps = find("bound-steps", HTMLInputElement);
  private found: readonly Found[] = [];
  private model: Model | undefined;
  private pictured: Uint8Array | undefined;

  /** Connects the card. */
  constructor(sources: CardSources) {
    super("bound", "measure", "cost", sources);
    this.steps.addEventListener("input", () => {
      this.refuse("");
      this.update();
    });
    this.steps.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !this.start.disabled) void this.begin();
    });
  }

  /** Follows the page: the picture, and what measuring it will cost. */
  update(): void {
    const now = this.sources.look();
    const picture = now?.run;
    if (picture?.pixels !== this.pictured || now?.model !== this.model) this.exchange(picture, now?.model);
    const { busy } = this;
    this.steps.disabled = busy;
    this.start.disabled = busy || picture === undefined;
    if (busy) return;
    if (!now || !picture) say(this.line, t("boundNeeds"));
    else say(this.line, this.price(now));
  }

  private price({ model, perCall }: Surroundings): string {
    if (problemWith(this.steps, "steps") !== "") return "";
    const calls = methodsOf(model).length * this.steps.valueAsNumber;
    if (perCall === undefined) return t("boundCost", { n: calls });
    return t("boundCostTime", { n: calls, time: duration((perCall * calls) / 1000) });
  }

  protected async begin(): Promise<void> {
    const now = this.sources.look();
    const picture = now?.run;
    if (!now || !picture || this.busy) return;
    const problem = problemWith(this.steps, "steps");
    this.refuse(problem);
    const steps = this.steps.valueAsNumber;
    if (problem === "") await this.run((signal) => this.measureAll(now.model, picture, steps, signal));
  }

  private async measureAll(model: Model, picture: Finished, steps: number, signal: AbortSignal): Promise<void> {
    const x = fromBytes(picture.pixels.subarray(0, lengthOf(model)));
    const found: Found[] = [];
    const methods = methodsOf(model);
    for (const [index, { analytic: _, ...method }] of methods.entries()) {
      const name = nameOf(method);
      const onProgress = (done: number) => {
        if (signal.aborted) return;
        const sentence = t("boundProgress", { method: name, done: Math.round(done * steps), steps });
        this.follow((index + done) / methods.length, sentence);
      };
      const bound = await model.likelihood(x, { ...method, ...oneLabel(model.info), steps, signal, onProgress });
      found.push({ name, bound });
      this.found = found;
      this.write(found);
      await this.draw();
    }
    const least = found.reduce((best, other) => (other.bound.bitsPerDim < best.bound.bitsPerDim ? other : best));
    announce(t("boundDone", { method: least.name, least: bits(least.bound.bitsPerDim) }));
  }

  /** Writes the table of what is found so far; the least bound stands out. */
  private write(found: readonly Found[]): void {
    find("bound-found").hidden = false;
    const least = Math.min(...found.map(({ bound }) => bound.bitsPerDim));
    const rows = found.map(({ name, bound }) => {
      const sum = bound.steps.reduce((all, term) => all + term, 0);
      const error = bound.standardError === null ? "" : ` ± ${bits(bound.standardError)}`;
      const cells = [...[bound.prior, sum, bound.decoder].map(bits), bits(bound.bitsPerDim) + error];
      return rowOf(name, cells, bound.bitsPerDim === least ? "chosen" : "");
    });
    find("bound-sums").replaceChildren(...rows);
  }

  /** Draws every term of what is found over the noise levels, in the units that are chosen. */
  async draw(): Promise<void> {
    const { found } = this;
    if (found.length === 0) return;
    const least = Math.min(...found.map(({ bound }) => bound.bitsPerDim));
    const axis = levelAxis();
    const lines: Line[] = found.map(({ name, bound }) => ({
      name,
      chosen: bound.bitsPerDim === least,
      points: bound.steps.map((term, index) => [levelsOf(bound, axis)[index] ?? index, term > 0 ? term : null]),
    }));
    const names = found.map(({ name }) => name);
    const across = { xLabel: axisName(axis), falling: axis === "t" };
    const drawing = { ...across, lines, yLabel: t("bitsPerDim"), log: true };
    const drawn = [this.figure.draw(drawing, t("boundPlot", { methods: names })), this.drawDensity(across)];
    await Promise.all(drawn).catch(() => this.complain(t("plotFailed")));
  }

  /** Shows what Sohl-Dickstein et al. 2015 bound. The entropies are those of all methods with the same steps. */
  private async drawDensity(across: Pick<Drawing, "xLabel" | "falling">): Promise<void> {
    find("density-sums").replaceChildren(...densityRows(this.found));
    const bound = this.found.map((one) => one.bound).find(({ entropyBounds }) => entropyBounds.length > 0);
    if (!bound) return;
    const drawing = entropyDrawing(bound.entropyBounds, levelsOf(bound, levelAxis()), across);
    await this.entropy.draw(drawing, t("entropyPlot"));
  }

  /** Says what is wrong with the count of steps, or nothing. */
  private refuse(sentence: string): void {
    this.complain(sentence);
    if (sentence === "") this.steps.removeAttribute("aria-invalid");
    else this.steps.setAttribute("aria-invalid", "true");
  }

  /** Draws the picture that would be measured; what was found of another one is taken away. */
  private exchange(picture: Finished | undefined, model: Model | undefined): void {
    this.pictured = picture?.pixels;
    this.model = model;
    this.found = [];
    find("bound-found").hidden = true;
    const canvas = find("bound-picture", HTMLCanvasElement);
    canvas.setAttribute("aria-label", picture ? t("boundPicture", { made: picture.made }) : t("boundNoPicture"));
    draw(canvas, picture ? squareSheet({ ...picture, count: 1 }) : new ImageData(1, 1));
  }
}

/** "DDPM small", "VDM, continuous". */
function nameOf({ sampler, variance = "small", continuous }: Method): string {
  return continuous ? t("continuous") : samplerName({ sampler, variance, eta: 0 });
}

function methodsOf({ info }: Model): readonly Method[] {
  return METHODS.filter(({ analytic }) => !analytic || info.hasAnalytic);
}
