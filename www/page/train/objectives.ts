/** The objectives: what each is called, what changes by it, and its paper. */

import type { Key } from "../texts.ts";
import type { Asked } from "./settings.ts";

type Objective = Asked["objective"];

/** A paper, as the page links it. */
interface Paper {
  name: string;
  address: string;
}

const THERMODYNAMICS = { name: "Sohl-Dickstein et al. 2015", address: "https://arxiv.org/abs/1503.03585" };
const DDPM = { name: "Ho et al. 2020", address: "https://arxiv.org/abs/2006.11239" };
const DDIM = { name: "Song et al. 2020", address: "https://arxiv.org/abs/2010.02502" };
const VDM = { name: "Kingma et al. 2021", address: "https://arxiv.org/abs/2107.00630" };

/** What the page says of each. */
export const OBJECTIVES: Record<Objective, { name: string; changes: Key; paper: Paper; place: string }> = {
  l_simple: { name: "L simple", changes: "trainSimpleChanges", paper: DDPM, place: "14" },
  l_vlb: { name: "L", changes: "trainVlbChanges", paper: DDPM, place: "12" },
  k_2015: { name: "K", changes: "trainEntropyChanges", paper: THERMODYNAMICS, place: "14" },
  j_sigma: { name: "J σ", changes: "trainSigmaChanges", paper: DDIM, place: "11" },
  vdm_discrete: { name: "VDM T", changes: "trainDiscreteChanges", paper: VDM, place: "14" },
  vdm_continuous: { name: "VDM ∞", changes: "trainContinuousChanges", paper: VDM, place: "17" },
  vdm_weighted: { name: "VDM w", changes: "trainWeightedChanges", paper: VDM, place: "19" },
};
