/** The room's part of the panel: what is learnt from, and how. */

import type { Signal } from "@preact/signals-core";
import { html, nothing, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import { button, number, segments } from "../parts.ts";
import { t } from "../texts.ts";
import { aimControls } from "./aim.ts";
import { pointsOf, SETS, type SetName, TOLD } from "./data/sets.ts";
import { Plane } from "./plane.ts";
import { LIMITS, LONGEST_WORD } from "./settings.ts";
import type { Store } from "./state.ts";
import type { Hands } from "./view.ts";

/** Points of the small picture of a set. */
const FEW = 350;

/** The controls of the room. */
export function controls(store: Store, hands: Hands): TemplateResult {
  return html`${data(store, hands)}${aimControls(store.asked)}${network(store)}${more(store)}`;
}

function data(store: Store, { pen }: Hands): TemplateResult {
  const { set } = store.asked;
  const typed = ({ target }: Event) => {
    if (target instanceof HTMLInputElement) store.word.value = target.value;
  };
  return html`<div class="head"><span class="label">${t("trainData")}</span> <span class="hint">${t("trainDataHint")}</span></div>
    <fieldset class="choice sets" id="train-sets">
      <legend class="unseen">${t("trainData")}</legend>
      ${SETS.map(
        (name) =>
          html`<label><input type="radio" name="train-set" value=${name} .checked=${set.value === name} @change=${() => {
            set.value = name;
          }} /><span>${thumbnail(store, name)}${t(TOLD[name].name)}</span></label>`,
      )}
    </fieldset>
    <p class="hint two">${t(TOLD[set.value].hint)}</p>
    ${set.value === "word" ? html`<div class="line"><label class="label" for="train-word">${t("trainWordLabel")}</label> <input type="text" id="train-word" maxlength=${LONGEST_WORD} spellcheck="false" .value=${store.word.value} @input=${typed} /></div>` : nothing}
    ${
      set.value === "drawing"
        ? html`<div class="line">${button("train-undo", t("trainUndo"), () => pen.undo(), store.lines.value.length === 0)}
          ${button(
            "train-clear",
            t("trainClear"),
            () => {
              store.lines.value = [];
            },
            store.lines.value.length === 0,
          )}</div>`
        : nothing
    }`;
}

/** A small picture of a set. */
function thumbnail({ word, lines }: Store, name: SetName): TemplateResult {
  const own = { word: word.value, lines: lines.value };
  const paint = (element?: Element) => {
    if (!(element instanceof HTMLCanvasElement)) return;
    // Once it is on the page, and so has a size.
    requestAnimationFrame(() => {
      if (element.clientWidth > 0) new Plane(element).dots(pointsOf(name, own, FEW, 0), "accent", 0.7, 0.8);
    });
  };
  return html`<canvas class="plane" aria-hidden="true" ${ref(paint)}></canvas>`;
}

function network({ asked, steps }: Store): TemplateResult {
  const { schedule } = asked;
  return html`<div class="sub"><div class="head"><span class="label">${t("trainSchedule")}</span></div>
    ${segments("train-schedule", t("trainSchedule"), schedule, { squaredcos_cap_v2: t("trainCosine"), linear: t("trainLinear") })}
    <p class="hint two">${t(schedule.value === "linear" ? "trainLinearHint" : "trainCosineHint")}</p></div>
    <div class="sub">${number("train-steps", steps, { ...LIMITS.steps, label: t("trainSteps"), hint: t("trainStepsHint"), name: t("trainSteps") })}</div>`;
}

function more({ asked }: Store): TemplateResult {
  const { learningRate, batch, width, ema, seed } = asked;
  const field = (id: string, value: Signal<number>, of: keyof typeof fields) => {
    const [label, hint] = fields[of];
    return number(id, value, { ...LIMITS[of], label, hint, name: label });
  };
  const fields = {
    learningRate: [t("trainLearningRate"), t("trainLearningRateHint")],
    batch: [t("trainBatch"), t("trainBatchHint")],
    width: [t("trainWidth"), t("trainWidthHint")],
    ema: ["EMA", t("trainEmaHint")],
    seed: [t("trainSeed"), t("trainSeedHint")],
  } as const;
  return html`<details class="more sub" id="train-more"><summary>${t("trainMore")}</summary>
    ${field("train-learning-rate", learningRate, "learningRate")} ${field("train-batch", batch, "batch")}
    ${field("train-width", width, "width")} ${field("train-ema", ema, "ema")} ${field("train-seed", seed, "seed")}
  </details>`;
}
