/** What is minimised: the choice of it, and what changes by it. */

import { html, nothing, type TemplateResult } from "lit-html";
import { bound, number, segments } from "../parts.ts";
import { t } from "../texts.ts";
import { cited, equationOf } from "./equations.ts";
import { OBJECTIVES, PREDICTIONS } from "./objectives.ts";
import { type Aim, askedOf, LIMITS, type Settings } from "./settings.ts";

/** What can be chosen. */
interface Offered {
  /** What is minimised, where that is not what was chosen at another time. */
  aim?: Aim;
  predictions?: readonly string[];
  /** Whether the network can learn a variance. */
  variance?: boolean;
}

/** The choice. */
export function aimControls(
  asked: Settings<Aim>,
  { aim = askedOf(asked), predictions = Object.keys(PREDICTIONS), variance = true }: Offered = {},
): TemplateResult {
  const objectives = Object.entries(OBJECTIVES).filter(([key]) => variance || key !== "l_hybrid");
  const names = Object.fromEntries(objectives.map(([key, { name }]) => [key, name]));
  return html`<div class="sub"><div class="head"><span class="label">${t("trainObjective")}</span> <span class="hint">${t("trainObjectiveHint")}</span></div>
    ${segments("train-objective", t("trainObjective"), held(asked, aim, "objective"), names as Record<Aim["objective"], string>, "chips")}
    ${ownOf(asked, aim, variance)}</div>
    ${predictions.length === 0 ? nothing : prediction(asked, aim, predictions)}`;
}

/** A setting that stands at what is minimised. */
function held<Name extends keyof Aim>(asked: Settings<Aim>, aim: Aim, name: Name): { value: Aim[Name] } {
  return bound<Aim[Name]>(
    () => aim[name],
    (value) => Object.assign(asked[name], { value }),
  );
}

/** The options of an objective alone. */
function ownOf(asked: Settings<Aim>, aim: Aim, variance: boolean): unknown {
  const { eta, times, weighting, gamma } = asked;
  const variances = { small: "σ² = β̃", large: "σ² = β", ...(variance && { learned: t("trainVarianceLearned") }) };
  const course = segments("train-gamma", t("trainSchedule"), gamma, {
    linear: t("trainGammaLinear"),
    learned: t("trainGammaLearned"),
  });
  return {
    l_simple: nothing,
    l_vlb: segments(
      "train-variance",
      t("trainVariance"),
      held(asked, aim, "variance"),
      variances as Record<Aim["variance"], string>,
    ),
    l_hybrid: nothing,
    k_2015: nothing,
    j_sigma: number("train-eta", eta, { ...LIMITS.eta, label: "η", hint: t("trainEtaHint"), name: "η" }),
    vdm_discrete: number("train-times", times, { ...LIMITS.times, label: "T", hint: t("trainTimesHint"), name: "T" }),
    vdm_continuous: course,
    vdm_weighted: html`${segments("train-weighting", t("trainWeighting"), weighting, { uniform: "1", snr: "SNR", "min-snr": "min(1, 5/SNR)" })}${course}`,
  }[aim.objective];
}

/** What the network says. */
function prediction(asked: Settings<Aim>, aim: Aim, offered: readonly string[]): TemplateResult {
  const words = Object.entries(PREDICTIONS).filter(([key]) => offered.includes(key));
  const symbols = Object.fromEntries(words.map(([key, { symbol }]) => [key, symbol]));
  return html`<div class="sub"><div class="head"><span class="label">${t("trainPrediction")}</span> <span class="hint">${t("trainPredictionHint")}</span></div>
    ${segments("train-prediction", t("trainPrediction"), asked.prediction, symbols as Record<Aim["prediction"], string>)}
    <p class="hint two">${t(PREDICTIONS[aim.prediction].hint)}</p></div>`;
}

/** What is minimised, and what changes by it. */
export function changes(aim: Aim): TemplateResult {
  const { changes, paper, place } = OBJECTIVES[aim.objective];
  return html`<div class="changes" id="train-objective">${equationOf(aim)}
    <p>${t(changes)}</p>
    <p class="hint">${cited(paper, place)}</p></div>`;
}
