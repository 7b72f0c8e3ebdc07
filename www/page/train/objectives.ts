/** The objectives: what each is called, what changes by it, and its paper; and what a network can predict. */

import type { Key } from "../texts.ts";
import { PAPERS, type Paper } from "./papers.ts";
import type { Aim } from "./settings.ts";

type Objective = Aim["objective"];

/** What the page says of each. */
export const OBJECTIVES: Record<Objective, { name: string; changes: Key; paper: Paper; place: string }> = {
  l_simple: { name: "L simple", changes: "trainSimpleChanges", paper: PAPERS.ddpm, place: "14" },
  l_vlb: { name: "L", changes: "trainVlbChanges", paper: PAPERS.ddpm, place: "12" },
  l_hybrid: { name: "L hybrid", changes: "trainHybridChanges", paper: PAPERS.improved, place: "16" },
  k_2015: { name: "K", changes: "trainEntropyChanges", paper: PAPERS.thermodynamics, place: "14" },
  j_sigma: { name: "J σ", changes: "trainSigmaChanges", paper: PAPERS.ddim, place: "11" },
  vdm_discrete: { name: "VDM T", changes: "trainDiscreteChanges", paper: PAPERS.vdm, place: "14" },
  vdm_continuous: { name: "VDM ∞", changes: "trainContinuousChanges", paper: PAPERS.vdm, place: "17" },
  vdm_weighted: { name: "VDM w", changes: "trainWeightedChanges", paper: PAPERS.vdm, place: "19" },
};

/** What a network can predict: its symbol, and what is said of it. */
export const PREDICTIONS: Record<Aim["prediction"], { symbol: string; hint: Key }> = {
  epsilon: { symbol: "ε", hint: "trainEpsilonHint" },
  sample: { symbol: "x₀", hint: "trainX0Hint" },
  v_prediction: { symbol: "v", hint: "trainVHint" },
  mu: { symbol: "μ", hint: "trainMuHint" },
};
