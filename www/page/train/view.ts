/** The left side of the room: the stage with what is learnt, its slider, and the numbers of the training. */

import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { ref } from "lit-html/directives/ref.js";
import { button, onOff, playKey, range, segments } from "../parts.ts";
import { decimal, joined, left, ratio, samplerName, short, t } from "../texts.ts";
import { changes } from "./aim.ts";
import { TOLD } from "./data/sets.ts";
import type { Pen } from "./pen.ts";
import type { Plots } from "./plots.ts";
import type { Progress } from "./progress.ts";
import { SAMPLES } from "./sampling.ts";
import { askedOf, learnsItsVariance } from "./settings.ts";
import type { Stage } from "./stage.ts";
import { type Film, SAMPLERS, type SamplerChoice, type Store } from "./state.ts";

/** What the visitor does to the room. */
export interface Hands {
  stage: Stage;
  plots: Plots;
  pen: Pen;
  /** Goes on with the training that was kept. */
  goOn(): void;
  /** Forgets it. */
  forget(): void;
}

/** The left side of the page. */
export function view(store: Store, hands: Hands): TemplateResult {
  return html`${offer(store, hands)}
    <div class="screens lesson">
      ${stage(store, hands)}
      <div class="controls">${player(store)}${looks(store)}</div>
      <div class="numbers">${numbers(store, store.film.value)}
        ${changes(askedOf(store.asked))}
        ${hands.plots.view()}
      </div>
    </div>`;
}

/** The training of an earlier visit. */
function offer(store: Store, hands: Hands): TemplateResult | typeof nothing {
  const kept = store.kept.value;
  if (!kept) return nothing;
  return keptLine(t("trainKept", { set: t(TOLD[kept.asked.set].name), step: kept.step }), kept.step, hands);
}

/** Offers a training of an earlier visit. */
export function keptLine(said: string, step: number, hands: Pick<Hands, "goOn" | "forget">): TemplateResult {
  return html`<p class="shared wrap" id="train-kept"><span>${said}</span>
    <span>${button("train-go-on", t("trainGoOn", { step }), hands.goOn)} ${button("train-forget", t("trainForget"), hands.forget)}</span></p>`;
}

function stage(store: Store, { stage, pen }: Hands): TemplateResult {
  const draws = store.asked.set.value === "drawing" && store.phase.value !== "training";
  const empty = store.points.value.length === 0;
  const label = draws ? t("trainEasel") : caption(store);
  const canvas = draws
    ? html`<canvas class="plane draws" id="train-canvas" tabindex="0" role="application" aria-label=${label} ${ref(stage.attach)}
        @pointerdown=${pen.pointer} @pointermove=${pen.pointer} @pointerup=${pen.pointer} @pointercancel=${pen.pointer} @keydown=${pen.key}></canvas>`
    : html`<canvas class="plane" id="train-canvas" role="img" aria-label=${label} ${ref(stage.attach)}></canvas>`;
  return html`<div class="screen stage" id="train-stage" aria-busy=${store.phase.value === "training"}>
    ${canvas}
    ${empty ? html`<p class="invitation">${t(store.asked.set.value === "word" ? "trainWrite" : "trainDraw")}</p>` : nothing}
    <div class="edge" aria-hidden="true"><span class="cut">${caption(store)}</span><span class="cut" id="train-state">${standing(store)}</span></div>
  </div>`;
}

/** What stands on the stage. */
function caption({ film, points, shown, t: at }: Store): string {
  const n = points.value.length / 2;
  const time = at.value < 0 ? "" : `t = ${Math.round(at.value)}`;
  if (shown.value === "forward") return joined(t("trainForwardShown", { n }), time);
  if (!film.value) return t("trainDataShown", { n });
  return joined(t("trainSamplesShown", { n: SAMPLES, step: film.value.step }), time);
}

/** How the training stands. */
export function standing({ phase, step, target, loading, unkept }: Progress): string {
  const now = phase.value;
  const more = unkept.value ? t("trainUnkept") : "";
  if (now === "loading") return loading.value || t("trainLoading");
  if (now === "training") return joined(t("trainStepOf", { step: step.value, steps: target.value }), more);
  if (now === "hidden") return t("trainHidden", { step: step.value });
  return now === "resting" ? joined(t("trainResting", { step: step.value }), more) : "";
}

/** The slider from noise to data, and what plays on it. */
function player(store: Store): TemplateResult {
  const { at, times, playing } = store;
  const most = times.value.length - 1;
  const time = store.t.value;
  const said = time < 0 ? t("trainAtData") : `t = ${Math.round(time)}`;
  return html`<div class="transport" role="group" aria-label=${t("trainWay")}>
    ${playKey("train-play", t(playing.value ? "pause" : "trainPlay"), playing.value, () => Object.assign(playing, { value: !playing.value }))}
    ${range("train-at", at, { label: t("trainWay"), least: 0, most, said, class: "slider" })}
    <output class="count" for="train-at">${said}</output>
  </div>`;
}

/** What is shown of it. */
function looks(store: Store): TemplateResult {
  const shown = { xt: t("trainNoisy"), x0: t("trainPredicted"), forward: t("trainForward") };
  return html`<div class="line tools">
      ${segments("train-shown", t("trainShown"), store.shown, shown, "segments")}
      ${samplers(store)}
    </div>
    <div class="line tools">
      ${onOff("train-data", t("trainWithData"), store.withData)}
      ${onOff("train-paths", t("trainWithPaths"), store.withPaths)}
      ${onOff("train-field", t("trainWithField"), store.withField)}
      ${store.asked.set.value === "mixture" && store.withField.value ? onOff("train-exact", t("trainWithExact"), store.withExact) : nothing}
    </div>`;
}

/** The choice of a sampler; DDPM with a variance of the network's own where it learns one. */
function samplers({ asked, sampler }: Store): TemplateResult {
  const all = Object.entries(SAMPLERS).filter(([name]) => name !== "ddpm-learned" || learnsItsVariance(askedOf(asked)));
  const chosen = all.some(([name]) => name === sampler.value) ? sampler.value : "ddpm-small";
  const choose = ({ target }: Event) => {
    const [name] = all[(target as HTMLSelectElement).selectedIndex] ?? ["ddim"];
    sampler.value = name as SamplerChoice;
  };
  return html`<select id="train-sampler" aria-label=${t("trainSampler")} @change=${choose}>${all.map(
    ([name, o]) =>
      html`<option value=${name} .selected=${live(name === chosen)}>${samplerName({ variance: "small", ...o, eta: 0 })}</option>`,
  )}</select>`;
}

/** The numbers of a training; of points the distance of the samples from the data too. */
export function numbers(store: Progress, film?: Film): TemplateResult {
  const { step, target, phase, msPerStep, bits } = store;
  const ms = msPerStep.value;
  const loss = store.series.loss.smoothed.at(-1)?.[1];
  const rest = phase.value === "training" && ms !== undefined ? ((target.value - step.value) * ms) / 1000 : undefined;
  return html`<dl class="readouts">
    <div><dt>${t("trainStep")}</dt><dd id="train-step">${decimal(step.value, 0)}</dd></div>
    <div><dt>${t("trainLoss")}</dt><dd id="train-loss">${loss === undefined ? "–" : short(loss, 3)}</dd></div>
    ${bits.value === undefined ? nothing : html`<div><dt><abbr title=${t("bitsPerDim")}>${t("trainBits")}</abbr></dt><dd id="train-bits">${short(bits.value, 3)}</dd></div>`}
    ${film ? html`<div><dt><abbr title=${t("trainDistanceTitle")}>${t("trainDistance")}</abbr></dt><dd id="train-distance">${decimal(Math.max(0, film.distance), 3)}</dd></div>` : nothing}
    <div><dt>${t("trainRate")}</dt><dd id="train-rate">${ms === undefined ? "–" : ratio(1000 / ms)}</dd></div>
    <div><dt>${t("trainLeft")}</dt><dd id="train-left">${rest === undefined ? "–" : left(rest)}</dd></div>
  </dl>`;
}
