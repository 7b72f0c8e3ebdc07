/** What each tool does to a step, as an equation; what removes noise has one for each method. */

import { html, type TemplateResult } from "lit-html";
import type { Store, Tool } from "./state.ts";

/** By the names of the tools. */
const OF_TOOLS: Record<Exclude<Tool, "denoise">, TemplateResult> = {
  fill: html`<math display="block"><mrow><msub><mi>x</mi><mi>s</mi></msub><mo>=</mo><mi>m</mi><mo>⊙</mo><msub><mi>q</mi><mi>s</mi></msub><mo>+</mo><mrow><mo>(</mo><mn>1</mn><mo>−</mo><mi>m</mi><mo>)</mo></mrow><mo>⊙</mo><msub><mi>p</mi><mi>s</mi></msub></mrow></math>`,
  begin: html`<math display="block"><mrow><msub><mi>x</mi><mi>t</mi></msub><mo>=</mo><msqrt><msub><mover><mi>α</mi><mo>¯</mo></mover><mi>t</mi></msub></msqrt><mi>x</mi><mo>+</mo><msqrt><mrow><mn>1</mn><mo>−</mo><msub><mover><mi>α</mi><mo>¯</mo></mover><mi>t</mi></msub></mrow></msqrt><mi>ε</mi></mrow></math>`,
  mix: html`<math display="block"><mrow><msub><mi>x</mi><mi>t</mi></msub><mo>=</mo><mrow><mo>(</mo><mn>1</mn><mo>−</mo><mi>λ</mi><mo>)</mo></mrow><msubsup><mi>x</mi><mi>t</mi><mi>A</mi></msubsup><mo>+</mo><mi>λ</mi><msubsup><mi>x</mi><mi>t</mi><mi>B</mi></msubsup></mrow></math>`,
  hold: html`<math display="block"><mrow><msub><mover><mi>x</mi><mo>^</mo></mover><mn>0</mn></msub><mo>+</mo><mi>V</mi><mo>∇</mo><mi>log</mi><mspace width="0.15em"></mspace><mi>r</mi><mrow><mo>(</mo><msub><mover><mi>x</mi><mo>^</mo></mover><mn>0</mn></msub><mo>)</mo></mrow></mrow></math>`,
};

/** By the names of the methods. */
const OF_METHODS: Record<Store["denoise"]["method"]["value"], TemplateResult> = {
  level: html`<math display="block"><mrow><msub><mi>x</mi><mi>t</mi></msub><mo>=</mo><msqrt><msub><mover><mi>α</mi><mo>¯</mo></mover><mi>t</mi></msub></msqrt><mi>y</mi><mo>,</mo><mspace width="0.6em"></mspace><mfrac><mrow><mn>1</mn><mo>−</mo><msub><mover><mi>α</mi><mo>¯</mo></mover><mi>t</mi></msub></mrow><msub><mover><mi>α</mi><mo>¯</mo></mover><mi>t</mi></msub></mfrac><mo>=</mo><msup><mi>σ</mi><mn>2</mn></msup></mrow></math>`,
  analytic: html`<math display="block"><mrow><msub><mover><mi>x</mi><mo>^</mo></mover><mn>0</mn></msub><mo>+</mo><mfrac><mi>V</mi><mrow><mi>V</mi><mo>+</mo><msup><mi>σ</mi><mn>2</mn></msup></mrow></mfrac><mrow><mo>(</mo><mi>y</mi><mo>−</mo><msub><mover><mi>x</mi><mo>^</mo></mover><mn>0</mn></msub><mo>)</mo></mrow></mrow></math>`,
  constant: html`<math display="block"><mrow><mi>p</mi><mrow><mo>(</mo><msub><mi>x</mi><mi>s</mi></msub><mo>∣</mo><msub><mi>x</mi><mi>t</mi></msub><mo>)</mo></mrow><mspace width="0.15em"></mspace><mi>r</mi><mrow><mo>(</mo><msub><mi>x</mi><mi>s</mi></msub><mo>)</mo></mrow></mrow></math>`,
  annealed: html`<math display="block"><mrow><mi>p</mi><mrow><mo>(</mo><msub><mi>x</mi><mi>s</mi></msub><mo>∣</mo><msub><mi>x</mi><mi>t</mi></msub><mo>)</mo></mrow><mspace width="0.15em"></mspace><msup><mi>r</mi><mrow><mo>(</mo><mi>T</mi><mo>−</mo><mi>t</mi><mo>)</mo><mo>/</mo><mi>T</mi></mrow></msup><mrow><mo>(</mo><msub><mi>x</mi><mi>s</mi></msub><mo>)</mo></mrow></mrow></math>`,
};

/** The equation of the tool at hand. */
export function equationOf({ tool, denoise }: Store): TemplateResult {
  return tool.value === "denoise" ? OF_METHODS[denoise.method.value] : OF_TOOLS[tool.value];
}
