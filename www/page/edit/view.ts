/** The room's two screens: the picture with its brush, and what is made of it. */

import { html, nothing, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import { draw, onePicture, sheetOf } from "../../ui/pixels.ts";
import { button, canvas, onOff, range, segments } from "../parts.ts";
import { t } from "../texts.ts";
import { drawEasel, type Hand, placeNib } from "./easel.ts";
import type { Film } from "./film.ts";
import type { Results, Store } from "./state.ts";

/** What the visitor does to the room. */
export interface Hands {
  hand: Hand;
  film: Film;
  /** Takes a file as the picture. */
  open(file: File): void;
  /** Takes one of Generate's pictures as the picture. */
  take(image: number): void;
  /** Adds noise of the strength that is set, or takes it away. */
  addNoise(): void;
  /** Goes on from the result that is looked at. */
  goOn(): void;
  /** Opens the sheet "Save". */
  save(): void;
}

/** The left side of the page. */
export function screens(store: Store, hands: Hands): TemplateResult {
  const busy = store.results.value?.outcome === "open";
  return html`<div class="screens pair">
    <div class="screen stage hall">
      ${easel(store, hands)}
      ${store.given.value ? nothing : html`<p class="invitation">${t("editInvitation")}</p>`}
    </div>
    <div>${brush(store)}</div>
    <div class="screen stage hall" id="edit-results" aria-busy=${busy}>${results(store)}</div>
    <div>${player(hands.film)}${after(store, hands)}</div>
  </div>`;
}

function easel(store: Store, { hand }: Hands): TemplateResult {
  const [, height, width] = store.shape.value;
  const nib = (element?: Element) => element instanceof HTMLElement && placeNib(element, store);
  return html`<div class="easel" id="easel" tabindex="0" role="application" aria-label=${t("editEasel", { width, height })}
      ${ref(nib)} @pointerdown=${hand.pointer} @pointermove=${hand.pointer} @pointerup=${hand.pointer}
      @pointercancel=${hand.pointer} @pointerleave=${hand.pointer} @keydown=${hand.key} @focus=${hand.focus}>
      ${canvas((element) => drawEasel(element, store), "edit-picture")}<span class="nib" aria-hidden="true"></span>
    </div>
    <div class="edge" aria-hidden="true"><span class="cut">${t("editGiven")}</span></div>`;
}

/** All results in a grid, or one of them with the picture before. */
function results(store: Store): TemplateResult {
  const found = store.results.value;
  if (!found) return html`<p class="invitation">${t("editNoResult")}</p>`;
  const chosen = store.chosen.value;
  return html`${chosen === undefined ? grid(store, found) : duel(store, found, chosen)}
    <div class="edge" aria-hidden="true"><span class="cut">${found.caption}</span><span class="cut">${found.state}</span></div>`;
}

function grid(store: Store, found: Results): TemplateResult {
  const columns = Math.ceil(Math.sqrt(found.count));
  const place = (element?: Element) =>
    element instanceof HTMLElement && element.style.setProperty("--columns", String(columns));
  return html`<div class="shots" ${ref(place)}>
    ${Array.from({ length: found.count }, (_, image) => {
      const name = t("editResult", { image: image + 1, images: found.count });
      return html`<button type="button" aria-label=${name} title=${name} @click=${() => store.choose(image)}>
        ${canvas((element) => draw(element, sheetOf(onePicture(found, image), 1)))}
      </button>`;
    })}
  </div>`;
}

function duel(store: Store, found: Results, image: number): TemplateResult {
  const [, , width] = found.shape;
  const split = store.split.value;
  const said = t("editSplit", { before: split, after: width - split });
  const name = t("editResult", { image: image + 1, images: found.count });
  return html`<div class="easel">
    ${canvas((element) => draw(element, beside(found, image, split)), "edit-result", `${name}. ${said}`)}
    ${range("edit-split", store.split, { label: t("editBeforeAfter"), least: 0, most: width, said, class: "over" })}
  </div>`;
}

/** The picture before on the left of a column, the result on its right. */
function beside(found: Results, image: number, split: number): ImageData {
  const [, , width] = found.shape;
  const after = onePicture(found, image);
  const pixels = after.pixels.map((byte, i) => (i % width < split ? (found.before[i] ?? 0) : byte));
  return sheetOf({ ...after, pixels }, 1);
}

function brush(store: Store): TemplateResult {
  const { size, erases, soft, layer } = store.brush;
  const [, height, width] = store.shape.value;
  const masks = store.masks.value;
  const most = Math.max(3, Math.round(Math.min(height, width) / 2));
  return html`<div class="line tools">
      ${store.tool.value === "fill" ? segments("edit-layer", t("editBrushFor"), layer, { open: t("editOpen"), picture: t("editDraw") }) : nothing}
      ${masks ? nothing : colour(store)}
      <label class="check" for="edit-size">${t("editSize")}</label>
      ${range("edit-size", size, { label: t("editSize"), least: 1, most, said: t("editPixels", { n: size.value }), class: "slider" })}
      <span class="hint">${t("editPixels", { n: size.value })}</span>
    </div>
    <div class="line tools">
      ${onOff("edit-erases", t("editErase"), erases)} ${onOff("edit-soft", t("editSoft"), soft)}
      ${button("edit-undo", t("editUndo"), () => store.undo(), store.past.value.length === 0)}
      ${button("edit-redo", t("editRedo"), () => store.redo(), store.future.value.length === 0)}
      ${button("edit-invert", t("editInvert"), () => store.invert())}
      ${button("edit-clear", t("editClear"), () => store.clear())}
    </div>`;
}

/** The colour to draw with: a grey, where the model knows no others. */
export function colour(store: Store): TemplateResult {
  const { colour } = store.brush;
  const [red = 0, green = 0, blue = 0] = colour.value;
  if (store.shape.value[0] === 1) {
    return html`<label class="check" for="edit-grey">${t("editGrey")}</label>
      <input type="range" id="edit-grey" class="slider" min="0" max="255" .value=${String(red)}
        @input=${(event: Event) => {
          const grey = (event.target as HTMLInputElement).valueAsNumber;
          colour.value = [grey, grey, grey];
        }} />`;
  }
  const hex = [red, green, blue].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return html`<label class="check">${t("editColour")} <input type="color" id="edit-colour" .value=${`#${hex}`}
    @input=${(event: Event) => {
      const digits = (event.target as HTMLInputElement).value.match(/[\da-f]{2}/gi) ?? [];
      colour.value = digits.map((two) => Number.parseInt(two, 16));
    }} /></label>`;
}

function player(film: Film): TemplateResult {
  return html`<div class="transport" role="group" aria-label=${t("player")} ${ref(film.attach)}>
    <button type="button" class="key" id="edit-play">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path class="icon-play" d="M4 2.5v11l9.5-5.5z" /><path class="icon-pause" d="M3.5 3h3.2v10H3.5zM9.3 3h3.2v10H9.3z" /></svg>
    </button>
    <button type="button" class="key" id="edit-forward" aria-label=${t("forward")} title=${t("forward")}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M11 3h2v10h-2zM3 3v10l7-5z" /></svg>
    </button>
    <div class="scrubber">
      <canvas class="strip" id="edit-track" aria-hidden="true"></canvas>
      <input type="range" id="edit-scrub" min="0" max="1" value="0" step="1" aria-label=${t("stepShown")} disabled />
    </div>
    <output class="count" id="edit-count" for="edit-scrub"></output>
  </div>`;
}

/** What can be done with the result that is looked at. */
function after(store: Store, hands: Hands): TemplateResult {
  const found = store.results.value;
  const chosen = store.chosen.value;
  if (!found) return html`<p class="line tools"></p>`;
  if (chosen === undefined) return html`<p class="line tools hint">${t("editChoose")}</p>`;
  return html`<div class="line tools">
    ${button("edit-all", t("editAll"), () => store.choose(undefined))}
    ${button("edit-go-on", t("editGoOn"), () => hands.goOn())}
    ${button("edit-save", t("editSave"), () => hands.save())}
  </div>`;
}
