/** How likely a picture is: measures the bound of each method, term by term, and shows what it found. */

import type { Likelihood, LikelihoodOptions, Model } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import { draw, type PictureShape, squareSheet } from "../../ui/pixels.ts";
import { announce, find } from "../dom.ts";
import { problemWith } from "../panel/numbers.ts";
import { oneLabel } from "../settings.ts";
import { bits, texts } from "../texts.ts";
import { Card } from "./card.ts";
import { axisName, type Line, levelAxis, levelsOf } from "./curves.ts";
import { densityRows, entropyLines } from "./density.ts";
import { Figure } from "./figure.ts";
import { fromBytes } from "./pictures.ts";
import type { Drawing } from "./plot.ts";
import { density } from "./texts.ts";

/** A picture that can be measured. */
export interface Measurable {
  /** Bytes in CHW order. */
  pixels: Uint8Array;
  shape: PictureShape;
  /** What it was made with. */
  made: string;
}

/** What measuring needs to know of the page at the moment. */
export interface Surroundings {
  model: Model;
  /** The first picture of a finished run. */
  picture: Measurable | undefined;
  /** Milliseconds of one call of the network for one picture; undefined when never measured. */
  perCall: number | undefined;
}

type Method = Pick<LikelihoodOptions, "sampler" | "variance" | "continuous"> & { name: string; analytic?: true };

const METHODS: readonly Method[] = [
  { name: "DDPM small", sampler: "ddpm", variance: "small" },
  { name: "DDPM large", sampler: "ddpm", variance: "large" },
  { name: "Analytic-DDPM", sampler: "analytic-ddpm", analytic: true },
  { name: "VDM", sampler: "vdm" },
  { name: "VDM, continuous", sampler: "vdm", continuous: true },
];

/** A measured bound. */
export interface Found {
  name: string;
  bound: Likelihood;
}

/** The card of the bound. */
export class Bound {
  private readonly look: () => Surroundings | undefined;
  private readonly figure = new Figure("bound");
  private readonly entropy = new Figure("entropy");
  private readonly card: Card;
  private readonly steps = find("bound-steps", HTMLInputElement);
  private readonly cost = find("bound-cost");
  private found: readonly Found[] = [];
  private model: Model | undefined;
  private pictured: Uint8Array | undefined;

  /** Connects the card. `look` tells how the page stands; `onError` hears of what only a fresh engine can mend. */
  constructor(look: () => Surroundings | undefined, onError: (error: unknown) => void) {
    this.look = look;
    this.card = new Card("bound", "measure", {
      changed: () => this.update(),
      cancelled: () => {
        announce(texts.boundCancelled);
        say(this.cost, `${texts.boundCancelled} ${this.cost.textContent}`);
      },
      onError,
    });
    this.card.begin.addEventListener("click", () => void this.begin());
    this.steps.addEventListener("input", () => {
      this.complain("");
      this.update();
    });
    this.steps.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !this.card.begin.disabled) void this.begin();
    });
  }

  /** Ends a measurement within one step; what is found stays. */
  cancel(): void {
    this.card.stop();
  }

  /** Follows the page: the picture, and what measuring it will cost. */
  update(): void {
    const now = this.look();
    const picture = now?.picture;
    if (picture?.pixels !== this.pictured || now?.model !== this.model) this.exchange(picture, now?.model);
    const { busy, begin } = this.card;
    this.steps.disabled = busy;
    begin.disabled = busy || picture === undefined;
    if (busy) return;
    if (!now || !picture) say(this.cost, texts.boundNeeds);
    else say(this.cost, this.price(now));
  }

  private price({ model, perCall }: Surroundings): string {
    const calls = methodsOf(model).length * this.steps.valueAsNumber;
    if (!Number.isInteger(calls) || calls <= 0) return "";
    return texts.boundCost(calls, perCall === undefined ? undefined : (perCall * calls) / 1000);
  }

  private async begin(): Promise<void> {
    const now = this.look();
    const picture = now?.picture;
    if (!now || !picture || this.card.busy) return;
    const problem = problemWith(this.steps, "steps");
    this.complain(problem);
    const steps = this.steps.valueAsNumber;
    if (problem === "") await this.card.run((signal) => this.measureAll(now.model, picture, steps, signal));
  }

  private async measureAll(model: Model, picture: Measurable, steps: number, signal: AbortSignal): Promise<void> {
    const x = fromBytes(picture.pixels);
    const found: Found[] = [];
    const methods = methodsOf(model);
    for (const [index, { name, analytic: _, ...method }] of methods.entries()) {
      const onProgress = (done: number) => {
        if (signal.aborted) return;
        say(this.cost, texts.boundProgress(name, Math.round(done * steps), steps));
        this.card.follow((index + done) / methods.length);
      };
      const bound = await model.likelihood(x, { ...method, ...oneLabel(model.info), steps, signal, onProgress });
      found.push({ name, bound });
      this.found = found;
      this.write(found);
      await this.draw();
    }
    const least = found.reduce((best, other) => (other.bound.bitsPerDim < best.bound.bitsPerDim ? other : best));
    announce(texts.boundDone(least.name, bits(least.bound.bitsPerDim)));
  }

  /** Writes the table of what is found so far; the least bound stands out. */
  private write(found: readonly Found[]): void {
    find("bound-found").hidden = false;
    const least = Math.min(...found.map(({ bound }) => bound.bitsPerDim));
    const rows = found.map(({ name, bound }) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = name;
      row.append(head);
      const sum = bound.steps.reduce((all, term) => all + term, 0);
      for (const value of [bound.prior, sum, bound.decoder]) row.insertCell().textContent = bits(value);
      const error = bound.standardError === null ? "" : ` ± ${bits(bound.standardError)}`;
      row.insertCell().textContent = bits(bound.bitsPerDim) + error;
      row.classList.toggle("chosen", bound.bitsPerDim === least);
      return row;
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
    const names = found.map(({ name }) => name).join(", ");
    const across = { xLabel: axisName(axis), falling: axis === "t" };
    const drawing = { ...across, lines, yLabel: texts.bits, log: true };
    const drawn = [this.figure.draw(drawing, texts.boundSaid(names)), this.drawDensity(across)];
    await Promise.all(drawn).catch(() => this.complain(texts.plotFailed));
  }

  /** Shows what Sohl-Dickstein et al. 2015 bound. The entropies are those of all methods with the same steps. */
  private async drawDensity(across: Pick<Drawing, "xLabel" | "falling">): Promise<void> {
    find("density-sums").replaceChildren(...densityRows(this.found));
    const bound = this.found.map((one) => one.bound).find(({ entropyBounds }) => entropyBounds.length > 0);
    if (!bound) return;
    const lines = entropyLines(bound, levelsOf(bound, levelAxis()));
    await this.entropy.draw({ ...across, lines, yLabel: density.entropy, log: false }, density.said);
  }

  private complain(sentence: string): void {
    this.card.complain(sentence);
    if (sentence === "") this.steps.removeAttribute("aria-invalid");
    else this.steps.setAttribute("aria-invalid", "true");
  }

  /** Draws the picture that would be measured; what was found of another one is taken away. */
  private exchange(picture: Measurable | undefined, model: Model | undefined): void {
    this.pictured = picture?.pixels;
    this.model = model;
    this.found = [];
    find("bound-found").hidden = true;
    const canvas = find("bound-picture", HTMLCanvasElement);
    canvas.setAttribute("aria-label", picture ? texts.boundPicture(picture.made) : texts.boundNoPicture);
    draw(canvas, picture ? squareSheet({ ...picture, count: 1 }) : new ImageData(1, 1));
  }
}

function methodsOf({ info }: Model): readonly Method[] {
  return METHODS.filter(({ analytic }) => !analytic || info.hasAnalytic);
}
