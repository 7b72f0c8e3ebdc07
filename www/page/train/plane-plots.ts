/** The plots of a training of points: beside the loss, what the network says of the noise schedule and of the reverse steps. */

import { html } from "lit-html";
import { entropyDrawing } from "../plots/entropy.ts";
import type { Drawing, Line } from "../plots/plot.ts";
import { capital, t } from "../texts.ts";
import { cited } from "./equations.ts";
import { PAPERS } from "./papers.ts";
import { type Offered, plotsOfLoss, type TrainPlot } from "./plots.ts";
import type { Variances } from "./reverse.ts";
import { SAMPLING_STEPS, type Store } from "./state.ts";

/** Those that make sense now. */
export function plotsOf(store: Store): Offered {
  const { film, reverse } = store;
  // A drawing of them reads this later.
  void reverse.value;
  return {
    ...plotsOfLoss(store, store.asked.objective.value),
    ...(film.value && { distance: distance(store) }),
    ...(film.value && { reverse: variances(store), entropy: entropy(store) }),
  };
}

function distance({ distances }: Store): TrainPlot {
  const name = t("trainDistance");
  const lines = [{ name, chosen: true, points: distances }];
  return {
    name: capital(name),
    caption: html`${t("trainDistancePlot")} ${cited(PAPERS.energy)}`,
    drawing: () => ({ lines, xLabel: t("trainStepAxis"), yLabel: name, log: true, falling: false, resting: true }),
  };
}

/** Over the timesteps, from noise to data. */
function across(): Pick<Drawing, "xLabel" | "falling" | "resting"> {
  return { xLabel: t("timestepT"), falling: true, resting: true };
}

function variances({ reverse }: Store): TrainPlot {
  const lines = (): Line[] => {
    if (!reverse.value) return [];
    const { small, large, learned, exact } = reverse.value;
    return [
      { name: "β̃ (DDPM small)", chosen: false, points: small },
      { name: "β (DDPM large)", chosen: false, points: large },
      ...(exact ? [{ name: t("trainOptimalExact"), chosen: false, points: exact }] : []),
      { name: t("trainOptimal"), chosen: true, points: learned },
    ];
  };
  return {
    name: t("trainReverse"),
    caption: html`${t("trainReversePlot", { steps: SAMPLING_STEPS })} ${cited(PAPERS.analytic, "9")}`,
    drawing: () => ({ ...across(), lines: lines(), yLabel: t("varianceZ"), log: true }),
  };
}

function entropy({ reverse }: Store): TrainPlot {
  const drawing = (): Drawing => {
    if (!reverse.value) return entropyDrawing([], [], across());
    const { small, large, learned } = reverse.value;
    const [low, high] = [entropies(small), entropies(large)];
    const bounds = low.map(([, least], i) => [least, high[i]?.[1] ?? least] as const);
    const levels = small.map(([t]) => t);
    return entropyDrawing(bounds, levels, across(), [
      { name: t("trainOptimal"), chosen: true, points: entropies(learned) },
    ]);
  };
  return {
    name: t("trainEntropy"),
    caption: html`${t("trainEntropyPlot", { steps: SAMPLING_STEPS })} ${cited(PAPERS.thermodynamics, "24")}`,
    drawing,
  };
}

/** In bits per dimension, of Gaussians with these variances. */
function entropies(variances: Variances): (readonly [t: number, bits: number])[] {
  return variances.map(([t, variance]) => [t, 0.5 * Math.log2(2 * Math.PI * Math.E * variance)]);
}
