/** The panel while the room learns pictures: what learns, from which, for how long, and what was learnt before. */

import { html, nothing, type TemplateResult } from "lit-html";
import { draw, type Pictures, quantise, sheetOf } from "../../../ui/pixels.ts";
import { button, canvas, onOff, segments } from "../../parts.ts";
import { decimal, t } from "../../texts.ts";
import { aimControls } from "../aim.ts";
import { LONGEST_NAME, refusal } from "./base.ts";
import { easel } from "./easel.ts";
import { drawable } from "./editor.ts";
import { LEAST, MOST, PREDICTED, type Store } from "./state.ts";
import type { Hands } from "./view.ts";

/** The controls of the half. */
export function controls(store: Store, hands: Hands): TemplateResult {
  const { flip, minutes, asked, aim, learning, varies } = store;
  const times = { 1: t("trainMinutes", { n: 1 }), 5: t("trainMinutes", { n: 5 }), 15: t("trainMinutes", { n: 15 }) };
  return html`${learner(store)}
    <div class="sub">${pictures(store, hands)}${onOff("train-flip", t("trainFlip"), flip)}</div>
    <div class="sub"><div class="head"><span class="label">${t("trainTime")}</span> <span class="hint">${t("trainTimeHint")}</span></div>
      ${segments("train-minutes", t("trainTime"), minutes, times)}</div>
    ${aimControls(asked, { aim: aim.value, predictions: learning.value ? [] : PREDICTED, variance: varies.value })}
    ${models(store, hands)}`;
}

/** What learns; where the model that is loaded cannot, why. */
function learner({ learner, base, learning, className }: Store): TemplateResult {
  const words = { new: t("trainNew"), model: t("trainLoaded") };
  const reason = base.value && refusal(base.value);
  const off = base.value && !reason ? [] : (["model"] as const);
  const model = learning.value;
  const hint = model
    ? t(model.model.info.classes === undefined ? "trainLoadedPlain" : "trainLoadedHint", { name: model.name })
    : t("trainNewHint");
  return html`<div class="sub"><div class="head"><span class="label">${t("trainLearner")}</span></div>
    ${segments("train-learner", t("trainLearner"), learner, words, undefined, off)}
    <p class="hint two" id="train-learner-hint">${reason ?? hint}</p>
    ${model?.model.info.classes === undefined ? nothing : classField(className)}</div>`;
}

/** What the new class is called. */
function classField(name: Store["className"]): TemplateResult {
  const typed = ({ target }: Event) => {
    if (target instanceof HTMLInputElement) name.value = target.value;
  };
  return html`<div class="line"><label class="label" for="train-class">${t("trainClass")}</label>
    <input type="text" id="train-class" maxlength=${LONGEST_NAME} spellcheck="false" .value=${name.value} @input=${typed} /></div>`;
}

/** What is learnt from. */
function pictures(store: Store, hands: Hands): TemplateResult {
  const { learning, source, ships, shape } = store;
  const [channels, height, width] = shape.value;
  const size = t(channels === 3 ? "trainPicturesHint" : "trainPicturesGrey", { width, height });
  return html`<div class="head"><span class="label">${t("trainPictures")}</span> <span class="hint">${size}</span></div>
    ${learning.value ? nothing : segments("train-source", t("trainPictures"), source, { set: t("trainSet"), own: t("trainOwn") })}
    ${ships.value ? html`<p class="hint two">${t("trainSetHint")}</p>` : own(store, hands)}`;
}

/** The visitor's own pictures: files, and what is drawn here. */
function own(store: Store, hands: Hands): TemplateResult {
  const { own, learning, side, shape } = store;
  const choose = ({ target }: Event) => {
    if (!(target instanceof HTMLInputElement)) return;
    hands.take([...(target.files ?? [])]);
    target.value = "";
  };
  const told = { n: own.value.length, least: LEAST, most: MOST };
  const drawn = drawable(shape.value);
  return html`${learning.value ? nothing : segments("train-side", t("trainSide"), side, { 16: "16 × 16", 28: "28 × 28" }, "segments")}
    <p class="hint two" id="train-own-hint">${t(drawn ? "trainOwnHint" : "trainOwnFiles", told)}</p>
    <input type="file" id="train-files" accept="image/*" multiple aria-label=${t("trainFiles")} aria-describedby="train-own-hint" @change=${choose} />
    ${drawn ? easel(hands.editor(), hands.add) : nothing}
    <div class="thumbs" id="train-own">${own.value.map((x, i) => thumb({ pixels: quantise(x), count: 1, shape: shape.value }, i, hands))}</div>`;
}

function thumb(picture: Pictures, index: number, hands: Hands): TemplateResult {
  const name = t("trainRemove", { n: index + 1 });
  const paint = (element: HTMLCanvasElement) => draw(element, sheetOf(picture, 1));
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
