/** The papers that the room names. */

/** A paper, as the page links it. */
export interface Paper {
  name: string;
  address: string;
}

/** By what they brought. */
export const PAPERS = {
  thermodynamics: { name: "Sohl-Dickstein et al. 2015", address: "https://arxiv.org/abs/1503.03585" },
  ddpm: { name: "Ho et al. 2020", address: "https://arxiv.org/abs/2006.11239" },
  ddim: { name: "Song et al. 2020", address: "https://arxiv.org/abs/2010.02502" },
  vdm: { name: "Kingma et al. 2021", address: "https://arxiv.org/abs/2107.00630" },
  improved: { name: "Nichol & Dhariwal 2021", address: "https://arxiv.org/abs/2102.09672" },
  analytic: { name: "Bao et al. 2022", address: "https://arxiv.org/abs/2201.06503" },
  energy: { name: "Székely and Rizzo 2013", address: "https://doi.org/10.1016/j.jspi.2013.03.018" },
} as const satisfies Record<string, Paper>;
