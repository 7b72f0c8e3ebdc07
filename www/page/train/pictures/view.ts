/** The left side of the room while it learns pictures: what the network draws, and the numbers of the training. */

import { html, nothing, type TemplateResult } from "lit-html";
import { draw, quantise, sheetOf } from "../../../ui/pixels.ts";
import type { KeptModel } from "../../model/kept.ts";
import { button, canvas } from "../../parts.ts";
import { decimal, percent, t } from "../../texts.ts";
import { changes } from "../aim.ts";
import type { Plots } from "../plots.ts";
import { keptLine, numbers, standing } from "../view.ts";
import type { Editor } from "./editor.ts";
import { TRAINED } from "./networks.ts";
import type { Store } from "./state.ts";

/** What the visitor does. */
export interface Hands {
  plots: Plots;
  /** The editor for pictures of the shape at hand. */
  editor(): Editor;
  goOn(): void;
  forget(): void;
  /** Makes the network the page's model. */
  use(): void;
  save(): void;
  /** Takes files as pictures. */
  take(files: readonly File[]): void;
  /** Adds what is drawn. */
  add(editor: Editor): void;
  remove(index: number): void;
  useKept(model: KeptModel): void;
  saveKept(model: KeptModel): void;
  forgetKept(name: string): void;
}

/** The left side of the page. */
export function view(store: Store, hands: Hands): TemplateResult {
  const kept = store.kept.value;
  const said = kept && t("trainKeptPictures", { step: kept.step });
  const ready = store.trained.value && store.measured.value === undefined;
  return html`${kept && said ? keptLine(said, kept.step, hands) : nothing}
    <div class="screens lesson">
      ${stage(store)}
      <div class="controls">
        <p class="hint two" id="train-plan" role="status">${planned(store)}</p>
        <div class="line tools">
          ${button("train-use", t("trainUse"), hands.use, !ready)}
          ${button("train-save", t("trainSave"), hands.save, !ready)}
          <span class="hint">${t("trainUseHint")}</span>
        </div>
      </div>
      <div class="numbers">${numbers(store)}
        ${changes(store.aim.value)}
        <p class="hint">${told(store)}</p>
        ${hands.plots.view()}
      </div>
    </div>`;
}

function stage(store: Store): TemplateResult {
  const { grid, pictures, phase } = store;
  const n = pictures.value.length;
  const drawn = grid.value;
  const caption = drawn ? t("trainGridShown", { n: drawn.count, step: drawn.step }) : t("trainPicturesShown", { n });
  const paint = (element: HTMLCanvasElement) => draw(element, drawn ? sheetOf(drawn, 4) : dataSheet(store));
  return html`<div class="screen stage" id="train-stage" aria-busy=${phase.value === "training"}>
    ${n > 0 || drawn ? canvas(paint, "train-grid", caption) : html`<p class="invitation">${t("trainNoPictures")}</p>`}
    <div class="edge" aria-hidden="true"><span class="cut">${caption}</span><span class="cut" id="train-state">${standing(store)}</span></div>
  </div>`;
}

/** What there is to be seen. */
function told({ learning }: Store): string {
  const base = learning.value;
  if (!base) return t("trainPicturesTold");
  return t(base.model.info.classes === undefined ? "trainBaseTold" : "trainClassesTold");
}

/** All pictures that are learnt from, in about a square. */
function dataSheet({ pictures: { value: pictures }, shape: { value: shape } }: Store): ImageData {
  const size = shape[0] * shape[1] * shape[2];
  const pixels = new Uint8Array(size * pictures.length);
  for (const [i, x] of pictures.entries()) pixels.set(quantise(x), i * size);
  return sheetOf({ pixels, count: pictures.length, shape }, Math.ceil(Math.sqrt(pictures.length * 1.2)));
}

/** What this machine is expected to do. */
function planned({ learning, plan, parameters, minutes, msPerStep, goesOn, measured }: Store): string {
  if (measured.value !== undefined) return t("trainTable", { part: percent(measured.value) });
  const weights = parameters.value;
  const found = plan.value;
  const steps = msPerStep.value ? (60_000 * TRAINED * Number(minutes.value)) / msPerStep.value : found?.steps;
  if (!steps || weights === undefined || !goesOn) return t(learning.value ? "trainCounts" : "trainMeasures");
  return t("trainExpected", {
    weights: decimal(weights / 1e6, 2),
    steps: Math.round(steps),
    minutes: Number(minutes.value),
  });
}
