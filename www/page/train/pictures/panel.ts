/** The panel while the room learns pictures: which, for how long, and what was learnt before. */

import { html, nothing, type TemplateResult } from "lit-html";
import { draw, quantise, sheetOf } from "../../../ui/pixels.ts";
import { button, canvas, onOff, segments } from "../../parts.ts";
import { decimal, t } from "../../texts.ts";
import { easel } from "./easel.ts";
import { LEAST, MOST, SHAPE, type Store } from "./state.ts";
import type { Hands } from "./view.ts";

/** The controls of the half. */
export function controls(store: Store, hands: Hands): TemplateResult {
  const { source, flip, minutes } = store;
  const times = { 1: t("trainMinutes", { n: 1 }), 5: t("trainMinutes", { n: 5 }), 15: t("trainMinutes", { n: 15 }) };
  return html`<div class="sub"><div class="head"><span class="label">${t("trainPictures")}</span> <span class="hint">${t("trainPicturesHint")}</span></div>
      ${segments("train-source", t("trainPictures"), source, { set: t("trainSet"), own: t("trainOwn") })}
      ${source.value === "set" ? html`<p class="hint two">${t("trainSetHint")}</p>` : own(store, hands)}
      ${onOff("train-flip", t("trainFlip"), flip)}</div>
    <div class="sub"><div class="head"><span class="label">${t("trainTime")}</span> <span class="hint">${t("trainTimeHint")}</span></div>
      ${segments("train-minutes", t("trainTime"), minutes, times)}</div>
    ${models(store, hands)}`;
}

/** The visitor's own pictures: files, and what is drawn here. */
function own(store: Store, hands: Hands): TemplateResult {
  const n = store.own.value.length;
  const choose = ({ target }: Event) => {
    if (!(target instanceof HTMLInputElement)) return;
    hands.take([...(target.files ?? [])]);
    target.value = "";
  };
  return html`<p class="hint two" id="train-own-hint">${t("trainOwnHint", { n, least: LEAST, most: MOST })}</p>
    <input type="file" id="train-files" accept="image/*" multiple aria-label=${t("trainFiles")} aria-describedby="train-own-hint" @change=${choose} />
    ${easel(hands.editor, () => hands.add(hands.editor.floats))}
    <div class="thumbs" id="train-own">${store.own.value.map((x, i) => thumb(x, i, hands))}</div>`;
}

function thumb(x: Float32Array, index: number, hands: Hands): TemplateResult {
  const name = t("trainRemove", { n: index + 1 });
  const paint = (element: HTMLCanvasElement) =>
    draw(element, sheetOf({ pixels: quantise(x), count: 1, shape: SHAPE }, 1));
  return html`<button type="button" aria-label=${name} title=${name} @click=${() => hands.remove(index)}>${canvas(paint)}</button>`;
}

/** Models of earlier trainings, which this browser keeps. */
function models({ models }: Store, hands: Hands): TemplateResult | typeof nothing {
  if (models.value.length === 0) return nothing;
  return html`<div class="sub" id="train-models"><div class="head"><span class="label">${t("trainModels")}</span> <span class="hint">${t("trainModelsHint")}</span></div>
    <ul class="bare">${models.value.map(
      ([name, model]) => html`<li class="line tools">
        <span class="hint">${t("trainModel", { pictures: model.pictures, step: model.step, weights: decimal(model.parameters / 1e6, 2) })}</span>
        ${button(`use-${name}`, t("trainUseKept"), () => hands.useKept(model))}
        ${button(`save-${name}`, t("trainSaveKept"), () => hands.saveKept(model))}
        ${button(`forget-${name}`, t("trainForgetKept"), () => hands.forgetKept(name))}
      </li>`,
    )}</ul></div>`;
}
