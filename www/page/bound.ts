/** How likely a picture is: measures the bound of each method, term by term, and shows what it found. */

import type { Likelihood, LikelihoodOptions, Model, Plan } from "../src/index.ts";
import { announce } from "./announce.ts";
import { type AskPlan, axisName, type Line, levelAxis } from "./curves.ts";
import { context2d, find, say } from "./dom.ts";
import { Figure } from "./figure.ts";
import { problemWith } from "./numbers.ts";
import { sentenceOf } from "./problems.ts";
import { bits, texts } from "./texts.ts";

/** A picture that can be measured. */
export interface Measurable {
  /** Bytes in CHW order. */
  pixels: Uint8Array;
  shape: readonly [channels: number, height: number, width: number];
  /** What it was made with. */
  made: string;
}

/** What measuring needs to know of the page at the moment. */
export interface Surroundings {
  model: Model;
  ask: AskPlan;
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

/** A measured bound, with the steps that its terms belong to. */
interface Found {
  name: string;
  bound: Likelihood;
  plan: Plan | null;
}

/** The card of the bound. */
export class Bound {
  private readonly look: () => Surroundings | undefined;
  private readonly onError: (error: unknown) => void;
  private readonly figure = new Figure("bound");
  private readonly measure = find("bound-measure", HTMLButtonElement);
  private readonly cancelling = find("bound-cancel", HTMLButtonElement);
  private readonly progress = find("bound-progress", HTMLProgressElement);
  private readonly steps = find("bound-steps", HTMLInputElement);
  private readonly cost = find("bound-cost", HTMLElement);
  private readonly problem = find("bound-problem", HTMLElement);
  private controller: AbortController | undefined;
  private found: readonly Found[] = [];
  private model: Model | undefined;
  private pictured: Uint8Array | undefined;

  /** Connects the card. `look` tells how the page stands; `onError` hears of what only a fresh engine can mend. */
  constructor(look: () => Surroundings | undefined, onError: (error: unknown) => void) {
    this.look = look;
    this.onError = onError;
    this.measure.addEventListener("click", () => void this.begin());
    this.cancelling.addEventListener("click", () => this.cancel());
    this.steps.addEventListener("input", () => {
      this.complain("");
      this.update();
    });
    this.steps.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !this.measure.disabled && !this.controller) void this.begin();
    });
  }

  /** Ends a measurement within one step; what is found stays. */
  cancel(): void {
    this.controller?.abort();
  }

  /** Follows the page: the picture, and what measuring it will cost. */
  update(): void {
    const now = this.look();
    const picture = now?.picture;
    if (picture?.pixels !== this.pictured || now?.model !== this.model) this.exchange(picture, now?.model);
    this.measure.disabled = picture === undefined || this.controller !== undefined;
    if (this.controller) return;
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
    if (!now?.picture || this.controller) return;
    const steps = this.steps.valueAsNumber;
    const problem = problemWith(this.steps, "steps");
    this.complain(problem);
    if (problem !== "") return;
    this.controller = new AbortController();
    this.working(true);
    try {
      await this.measureAll(now, now.picture, steps, this.controller.signal);
    } catch (error) {
      if (this.controller.signal.aborted) announce(texts.boundCancelled);
      else this.failed(error);
    } finally {
      const cancelled = this.controller.signal.aborted;
      this.controller = undefined;
      this.working(false);
      if (cancelled) say(this.cost, `${texts.boundCancelled} ${this.cost.textContent}`);
    }
  }

  private async measureAll(now: Surroundings, picture: Measurable, steps: number, signal: AbortSignal): Promise<void> {
    const { model, ask } = now;
    const x = Float32Array.from(picture.pixels, (byte) => byte / 127.5 - 1);
    const found: Found[] = [];
    const methods = methodsOf(model);
    for (const [index, { name, analytic: _, ...method }] of methods.entries()) {
      const onProgress = (done: number) => {
        say(this.cost, texts.boundProgress(name, Math.round(done * steps), steps));
        this.progress.value = (index + done) / methods.length;
      };
      // Where no class stands for "any", the picture is measured as one of the first.
      const labels = model.info.classes !== undefined && model.info.noClass === undefined ? { labels: [0] } : {};
      const bound = await model.likelihood(x, { ...method, ...labels, steps, signal, onProgress });
      const plan = await ask(
        method.sampler === "vdm" ? { sampler: "vdm", steps } : { sampler: "ddpm", trajectory: "even", steps },
      );
      found.push({ name, bound, plan });
      this.found = found;
      this.write(found);
      await this.draw();
    }
    const least = found.reduce((best, other) => (other.bound.bitsPerDim < best.bound.bitsPerDim ? other : best));
    announce(texts.boundDone(least.name, bits(least.bound.bitsPerDim)));
  }

  /** Writes the table of what is found so far; the least bound stands out. */
  private write(found: readonly Found[]): void {
    find("bound-found", HTMLElement).hidden = false;
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
    find("bound-sums", HTMLElement).replaceChildren(...rows);
  }

  /** Draws every term of what is found over the noise levels, in the units that are chosen. */
  async draw(): Promise<void> {
    const { found } = this;
    if (found.length === 0) return;
    const least = Math.min(...found.map(({ bound }) => bound.bitsPerDim));
    const axis = levelAxis();
    const lines: Line[] = found.map(({ name, bound, plan }) => ({
      name,
      chosen: bound.bitsPerDim === least,
      points: bound.steps.map((term, index) => [plan?.steps[index]?.[axis] ?? index, term > 0 ? term : null]),
    }));
    const names = found.map(({ name }) => name).join(", ");
    const drawing = { lines, xLabel: axisName(axis), yLabel: texts.bits, log: true, falling: axis === "t" };
    await this.figure.draw(drawing, texts.boundSaid(names)).catch(() => this.complain(texts.plotFailed));
  }

  private working(busy: boolean): void {
    const hadFocus = document.activeElement === (busy ? this.measure : this.cancelling);
    this.cancelling.hidden = !busy;
    this.measure.hidden = busy;
    this.progress.hidden = !busy;
    this.progress.value = 0;
    this.steps.disabled = busy;
    this.update();
    if (hadFocus) (busy ? this.cancelling : this.measure).focus();
  }

  private failed(error: unknown): void {
    this.complain(sentenceOf(error));
    this.onError(error);
  }

  private complain(sentence: string): void {
    say(this.problem, sentence);
    if (sentence === "") this.steps.removeAttribute("aria-invalid");
    else this.steps.setAttribute("aria-invalid", "true");
  }

  /** Draws the picture that would be measured; what was found of another one is taken away. */
  private exchange(picture: Measurable | undefined, model: Model | undefined): void {
    this.pictured = picture?.pixels;
    this.model = model;
    this.found = [];
    find("bound-found", HTMLElement).hidden = true;
    const canvas = find("bound-picture", HTMLCanvasElement);
    canvas.setAttribute("aria-label", picture ? texts.boundPicture(picture.made) : texts.boundNoPicture);
    const [channels, height, width] = picture?.shape ?? [1, 1, 1];
    [canvas.width, canvas.height] = [width, height];
    if (!picture) return;
    const image = new ImageData(width, height);
    const area = width * height;
    for (let i = 0; i < area; i++) {
      for (let colour = 0; colour < 3; colour++) {
        image.data[4 * i + colour] = picture.pixels[i + (channels === 3 ? colour * area : 0)] ?? 0;
      }
      image.data[4 * i + 3] = 255;
    }
    context2d(canvas).putImageData(image, 0, 0);
  }
}

function methodsOf({ info }: Model): readonly Method[] {
  return METHODS.filter(({ analytic }) => !analytic || info.hasAnalytic);
}
