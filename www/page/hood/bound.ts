/** How likely a picture is: measures the bound of each method, term by term, and shows what it found. */

import { computed, effect, signal } from "@preact/signals-core";
import { html, nothing } from "lit-html";
import { createRef, ref } from "lit-html/directives/ref.js";
import type { Likelihood, LikelihoodOptions, Model } from "../../src/index.ts";
import { draw, fromBytes, squareSheet } from "../../ui/pixels.ts";
import { announce } from "../dom.ts";
import { problemWith } from "../panel/numbers.ts";
import { withParts } from "../parts.ts";
import { entropyDrawing } from "../plots/entropy.ts";
import { Figure } from "../plots/figure.ts";
import type { Line } from "../plots/plot.ts";
import { oneLabel } from "../settings.ts";
import { decimal, duration, exponential, samplerName, t } from "../texts.ts";
import { Card, card, type Finished, type Shared } from "./card.ts";
import { axisName } from "./curves.ts";
import { lengthOf } from "./estimate.ts";

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
interface Found {
  name: string;
  bound: Likelihood;
}

/** The card of the bound. */
export class Bound extends Card {
  private readonly figure = new Figure("bound");
  private readonly entropy = new Figure("entropy");
  private readonly steps = createRef<HTMLInputElement>();
  /** What is typed there; looked at when it is used. */
  private readonly typed = signal("50");
  private readonly found = signal<readonly Found[]>([]);
  private readonly least = computed(() => Math.min(...this.found.value.map(({ bound }) => bound.bitsPerDim)));
  /** The picture that would be measured, and by which model; what was found of another one is taken away. */
  private measured: [pixels?: Uint8Array | undefined, model?: Model | undefined] = [];

  constructor(shared: Shared) {
    super("bound", shared);
    effect(() => void this.draw().catch(() => Object.assign(this.problem, { value: t("plotFailed") })));
  }

  view() {
    const { busy, problem, shared } = this;
    const run = shared.now.value?.run;
    const said = run ? t("boundPicture", { made: run.made }) : t("boundNoPicture");
    const sheet = run ? squareSheet({ ...run, count: 1 }) : new ImageData(1, 1);
    const paint = (canvas?: Element) => canvas instanceof HTMLCanvasElement && draw(canvas, sheet);
    const before = html`<label class="check" for="bound-steps">${t("stepsLabel")}</label>
      <input type="number" id="bound-steps" min="2" max="1000" step="1" value="50" aria-describedby="bound-cost bound-problem"
        aria-invalid=${problem.value !== "" && problem.value === this.wrong() ? "true" : nothing} ?disabled=${busy.value} ${ref(this.steps)}
        @input=${this.type} @keydown=${({ key }: KeyboardEvent) => key === "Enter" && this.begin()} />`;
    const body = html`<div class="asking">
        <canvas class="screen thumb" id="bound-picture" role="img" aria-label=${said} ${ref(paint)}></canvas>
        <div><figcaption class="hint">${t("boundHint")}</figcaption>${this.controls("boundMeasure", "measured", run !== undefined, { before })}</div>
      </div>
      <div class="found" id="bound-found" ?hidden=${this.found.value.length === 0}>
        <div>${this.figure.view}<p class="hint">${t("boundTermsHint")}</p></div>
        ${sums("bound", t("boundTable"), [t("bitsPerDim"), t("prior"), t("stepsTerm"), t("decoder"), t("total")], this.bounds())}
        <div>${this.entropy.view}<p class="hint">${withParts("entropyHint", html`H(x<sub>s</sub> | x<sub>t</sub>)`)}</p></div>
        <div>${sums("density", t("densityTable"), [t("densityHead"), "K", LNULL, html`K − ${LNULL}`], this.densities())}
          <p class="hint">${withParts("densityHint", html`x<sub>1</sub>`, LNULL)}</p></div>
      </div>`;
    return card("bound", "boundTitle", body, "bound");
  }

  override follow(): void {
    super.follow();
    const { run, model } = this.shared.now.value ?? {};
    if (run?.pixels === this.measured[0] && model === this.measured[1]) return;
    this.measured = [run?.pixels, model];
    this.found.value = [];
  }

  /** What it will cost. */
  protected rest(): string {
    const { model, run, perCall } = this.shared.now.value ?? {};
    if (!model || !run) return t("boundNeeds");
    const calls = methodsOf(model).length * Number(this.typed.value);
    if (this.wrong() !== "") return "";
    if (perCall === undefined) return t("boundCost", { n: calls });
    return t("boundCostTime", { n: calls, time: duration((perCall * calls) / 1000) });
  }

  protected async begin(): Promise<void> {
    const { model, run } = this.shared.now.value ?? {};
    if (!model || !run || this.busy.value) return;
    this.problem.value = this.wrong();
    const steps = Number(this.typed.value);
    if (this.problem.value === "") await this.run((signal) => this.measureAll(model, run, steps, signal));
  }

  private readonly type = ({ target }: Event): void => {
    this.problem.value = "";
    super.follow();
    if (target instanceof HTMLInputElement) this.typed.value = target.value;
  };

  /** What is wrong with the count of steps, or nothing. */
  private wrong(): string {
    return this.steps.value ? problemWith(this.steps.value, "steps") : "";
  }

  private async measureAll(model: Model, { pixels }: Finished, steps: number, signal: AbortSignal): Promise<void> {
    const x = fromBytes(pixels.subarray(0, lengthOf(model)));
    const methods = methodsOf(model);
    const found: Found[] = [];
    for (const [index, { analytic: _, ...method }] of methods.entries()) {
      const name = nameOf(method);
      const onProgress = (done: number) => {
        if (signal.aborted) return;
        const sentence = t("boundProgress", { method: name, done: Math.round(done * steps), steps });
        this.progress((index + done) / methods.length, sentence);
      };
      const bound = await model.likelihood(x, { ...method, ...oneLabel(model.info), steps, signal, onProgress });
      found.push({ name, bound });
      this.found.value = [...found];
    }
    const best = found.find(({ bound }) => bound.bitsPerDim === this.least.value);
    announce(t("boundDone", { method: best?.name ?? "", least: bits(this.least.value) }));
  }

  /** Draws every term of what is found over the noise levels, in the units that are chosen, and what Sohl-Dickstein et al. 2015 bound. */
  private async draw(): Promise<void> {
    const [found, least, axis] = [this.found.value, this.least.value, this.shared.axis.value];
    if (found.length === 0) return;
    const levelsOf = (bound: Likelihood) => (axis === "t" ? bound.timesteps : bound.logSnr);
    const lines: Line[] = found.map(({ name, bound }) => ({
      name,
      chosen: bound.bitsPerDim === least,
      points: bound.steps.map((term, index) => [levelsOf(bound)[index] ?? index, term > 0 ? term : null]),
    }));
    const across = { xLabel: axisName(axis), falling: axis === "t" };
    const drawing = { ...across, lines, yLabel: t("bitsPerDim"), log: true };
    // The entropies are those of all methods with the same steps.
    const between = found.map(({ bound }) => bound).find(({ entropyBounds }) => entropyBounds.length > 0);
    await Promise.all([
      this.figure.draw(drawing, t("boundPlot", { methods: lines.map(({ name }) => name) })),
      between && this.entropy.draw(entropyDrawing(between.entropyBounds, levelsOf(between), across), t("entropyPlot")),
    ]);
  }

  /** What is found so far; the least bound stands out. */
  private bounds(): Row[] {
    return this.found.value.map(({ name, bound }) => {
      const sum = bound.steps.reduce((all, term) => all + term, 0);
      const error = bound.standardError === null ? "" : ` ± ${bits(bound.standardError)}`;
      const cells = [name, ...[bound.prior, sum, bound.decoder].map(bits), bits(bound.bitsPerDim) + error];
      return { cells, chosen: bound.bitsPerDim === this.least.value };
    });
  }

  /** K beside L_null for each method that has one. */
  private densities(): Row[] {
    return this.found.value.flatMap(({ name, bound: { k, lNull } }) =>
      k === null || lNull === null ? [] : [{ cells: [name, ...[k, lNull, k - lNull].map(bits)] }],
    );
  }
}

const LNULL = html`L<sub>null</sub>`;

interface Row {
  cells: readonly string[];
  chosen?: boolean;
}

/** A table whose rows have names. */
function sums(id: string, caption: string, heads: readonly unknown[], rows: readonly Row[]) {
  return html`<table class="sums">
    <caption class="unseen">${caption}</caption>
    <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
    <tbody id="${id}-sums">${rows.map(
      ({ cells: [name, ...cells], chosen }) =>
        html`<tr class=${chosen ? "chosen" : ""}><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
    )}</tbody>
  </table>`;
}

/** Bits per dimension in three places; what is smaller keeps two digits. */
function bits(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return exponential(value);
  return decimal(value, 3, false).replaceAll("-", "−");
}

/** "DDPM small", "VDM, continuous". */
function nameOf({ sampler, variance = "small", continuous }: Method): string {
  return continuous ? t("continuous") : samplerName({ sampler, variance, eta: 0 });
}

function methodsOf({ info }: Model): readonly Method[] {
  return METHODS.filter(({ analytic }) => !analytic || info.hasAnalytic);
}
