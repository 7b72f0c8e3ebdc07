/** The table of a plan: every factor of every step, to the last digit, to be read and to be copied. */

import { html } from "lit-html";
import { guard } from "lit-html/directives/guard.js";
import type { Plan } from "../../src/index.ts";
import { find } from "../dom.ts";
import { withParts } from "../parts.ts";
import { Copier } from "../share/copying.ts";
import { t } from "../texts.ts";
import { card } from "./card.ts";

const COLUMNS = ["t", "s", "logSnr", "x0", "eps", "xt", "z"] as const;

const STEP = html`<math><mrow><msub><mi>x</mi><mi>s</mi></msub><mo>=</mo><mtext>x0</mtext><mo>·</mo><msub><mover><mi>x</mi><mo>^</mo></mover><mn>0</mn></msub><mo>+</mo><mtext>eps</mtext><mo>·</mo><mover><mi>ε</mi><mo>^</mo></mover><mo>+</mo><mtext>xt</mtext><mo>·</mo><msub><mi>x</mi><mi>t</mi></msub><mo>+</mo><mtext>z</mtext><mo>·</mo><mi>z</mi></mrow></math>`;

const copier = new Copier();

/** The card of the table. */
export function factors(plan: Plan | undefined) {
  const heads = COLUMNS.map((name) => html`<th scope="col">${name === "logSnr" ? t("logSnr") : name}</th>`);
  const rows = () =>
    plan?.steps.map((step) => html`<tr>${COLUMNS.map((column) => html`<td>${written(step[column])}</td>`)}</tr>`);
  const body = html`<figcaption class="hint">${withParts("factorsHint", STEP)}</figcaption>
    <section class="sheet-of-steps" id="factors-scroll" tabindex="0" aria-label=${t("factorsLabel")}>
      <table><thead><tr>${heads}</tr></thead><tbody id="factors-rows">${guard([plan], rows)}</tbody></table>
    </section>`;
  const beside = copier.view("factors-copy", () => plan && copy(plan));
  return card("factors", "factorsTitle", body, "factors", beside);
}

/** Copies the table with tabs between its columns; selects it where the browser does not let a page copy. */
function copy({ steps }: Plan): Promise<void> {
  const lines = steps.map((step) => COLUMNS.map((column) => exact(step[column])).join("\t"));
  const select = () => getSelection()?.selectAllChildren(find("factors-scroll"));
  return copier.copy([COLUMNS.join("\t"), ...lines].join("\n"), select);
}

/** The shortest digits that stand for exactly this number; a minus as wide as a digit, and a zero that is not negative. */
function written(value: number | null): string {
  return value === null ? t("theData") : exact(value).replaceAll("-", "−");
}

function exact(value: number | null): string {
  return value === null ? "" : String(value === 0 ? 0 : value);
}
