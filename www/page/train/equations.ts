/** What each objective minimises, as an equation, and the papers with theirs. */

import { html, mathml, type TemplateResult } from "lit-html";
import { t } from "../texts.ts";
import type { Paper } from "./papers.ts";
import type { Asked } from "./settings.ts";

/** ‖ε − ε̂‖², or the same of something else that is predicted. */
function errorOf(what: TemplateResult): TemplateResult {
  return mathml`<msup><mrow><mo>‖</mo>${what}<mo>−</mo><mover>${what}<mo>^</mo></mover><mo>‖</mo></mrow><mn>2</mn></msup>`;
}

/** The symbols of what a network can predict. */
const SYMBOLS: Record<Asked["prediction"], TemplateResult> = {
  epsilon: mathml`<mi>ε</mi>`,
  sample: mathml`<msub><mi>x</mi><mn>0</mn></msub>`,
  v_prediction: mathml`<mi>v</mi>`,
  mu: mathml`<mi>μ</mi>`,
};

/** The bounds weigh the error of the noise, whatever is predicted: one follows from the other. */
const ERROR = errorOf(SYMBOLS.epsilon);

/** By the names of the objectives; the simple one is below. */
const EQUATIONS: Record<Exclude<Asked["objective"], "l_simple">, TemplateResult> = {
  l_vlb: html`<math display="block"><mrow><mi>L</mi><mo>=</mo><msub><mi>E</mi><mrow><mi>t</mi><mo>,</mo><msub><mi>x</mi><mn>0</mn></msub><mo>,</mo><mi>ε</mi></mrow></msub><mfrac><msubsup><mi>β</mi><mi>t</mi><mn>2</mn></msubsup><mrow><mn>2</mn><msubsup><mi>σ</mi><mi>t</mi><mn>2</mn></msubsup><msub><mi>α</mi><mi>t</mi></msub><mrow><mo>(</mo><mn>1</mn><mo>−</mo><msub><mover><mi>α</mi><mo>¯</mo></mover><mi>t</mi></msub><mo>)</mo></mrow></mrow></mfrac>${ERROR}</mrow></math>`,
  l_hybrid: html`<math display="block"><mrow><msub><mi>L</mi><mtext>hybrid</mtext></msub><mo>=</mo><msub><mi>L</mi><mtext>simple</mtext></msub><mo>+</mo><mn>0.001</mn><mspace width="0.2em"></mspace><mi>L</mi></mrow></math><math display="block"><mrow><msup><mi>σ</mi><mn>2</mn></msup><mo>=</mo><msup><mi>e</mi><mrow><mi>v</mi><mi>ln</mi><mi>β</mi><mo>+</mo><mo>(</mo><mn>1</mn><mo>−</mo><mi>v</mi><mo>)</mo><mi>ln</mi><mover><mi>β</mi><mo>~</mo></mover></mrow></msup></mrow></math>`,
  k_2015: html`<math display="block"><mrow><mi>K</mi><mo>=</mo><mo>−</mo><munder><mo>∑</mo><mrow><mi>t</mi><mo>></mo><mn>1</mn></mrow></munder><mi>E</mi><mspace width="0.2em"></mspace><mi mathvariant="normal">KL</mi><mrow><mo>(</mo><msub><mi>q</mi><mi>t</mi></msub><mo>‖</mo><msub><mi>p</mi><mi>t</mi></msub><mo>)</mo></mrow><mo>+</mo><mi mathvariant="normal">Δ</mi><mi>H</mi></mrow></math>`,
  j_sigma: html`<math display="block"><mrow><msub><mi>J</mi><mi>σ</mi></msub><mo>=</mo><munder><mo>∑</mo><mi>t</mi></munder><mi>E</mi><mspace width="0.2em"></mspace><mi mathvariant="normal">KL</mi><mrow><mo>(</mo><msub><mi>q</mi><mrow><mi>σ</mi><mo>,</mo><mi>t</mi></mrow></msub><mo>‖</mo><msub><mi>p</mi><mi>t</mi></msub><mo>)</mo></mrow><mo>+</mo><mi>C</mi></mrow></math>`,
  vdm_discrete: html`<math display="block"><mrow><msub><mi>L</mi><mi>T</mi></msub><mo>=</mo><mfrac><mi>T</mi><mn>2</mn></mfrac><msub><mi>E</mi><mrow><mi>i</mi><mo>,</mo><mi>ε</mi></mrow></msub><mrow><mo>(</mo><msup><mi>e</mi><mrow><msub><mi>γ</mi><mi>t</mi></msub><mo>−</mo><msub><mi>γ</mi><mi>s</mi></msub></mrow></msup><mo>−</mo><mn>1</mn><mo>)</mo></mrow>${ERROR}</mrow></math>`,
  vdm_continuous: html`<math display="block"><mrow><msub><mi>L</mi><mi>∞</mi></msub><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><msub><mi>E</mi><mrow><mi>t</mi><mo>,</mo><mi>ε</mi></mrow></msub><msup><mi>γ</mi><mo>′</mo></msup><mrow><mo>(</mo><mi>t</mi><mo>)</mo></mrow>${ERROR}</mrow></math>`,
  vdm_weighted: html`<math display="block"><mrow><msub><mi>L</mi><mi>∞</mi></msub><mrow><mo>(</mo><mi>w</mi><mo>)</mo></mrow><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><msub><mi>E</mi><mi>t</mi></msub><mi>w</mi><mrow><mo>(</mo><mi mathvariant="normal">SNR</mi><mo>)</mo></mrow><msup><mi>γ</mi><mo>′</mo></msup><mrow><mo>(</mo><mi>t</mi><mo>)</mo></mrow>${ERROR}</mrow></math>`,
};

/** What an objective minimises, with what the network predicts. */
export function equationOf({ objective, prediction }: Pick<Asked, "objective" | "prediction">): TemplateResult {
  if (objective !== "l_simple") return EQUATIONS[objective];
  return html`<math display="block"><mrow><msub><mi>L</mi><mtext>simple</mtext></msub><mo>=</mo><msub><mi>E</mi><mrow><mi>t</mi><mo>,</mo><msub><mi>x</mi><mn>0</mn></msub><mo>,</mo><mi>ε</mi></mrow></msub>${errorOf(SYMBOLS[prediction])}</mrow></math>`;
}

/** The paper with its link, and the equation where one is told. */
export function cited({ name, address }: Paper, equation?: string): TemplateResult {
  const place = equation === undefined ? "" : `, ${t("trainEquation", { place: equation })}`;
  return html`<a href=${address} rel="noopener" target="_blank">${name}</a>${place}`;
}
