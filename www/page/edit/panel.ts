/** The room's part of the panel: where the picture comes from, and what is done with it. */

import { html, nothing, type TemplateResult } from "lit-html";
import { draw, onePicture, type Pictures, quantise, sheetOf } from "../../ui/pixels.ts";
import { button, canvas, number, segments, slider } from "../parts.ts";
import { decimal, t } from "../texts.ts";
import { equationOf } from "./equations.ts";
import type { Store } from "./state.ts";
import { TOLD } from "./tools.ts";
import { colour, type Hands } from "./view.ts";

/** Counts of RePaint, as the engine takes them. */
const COUNT = { least: 1, most: 1000, step: "1" } as const;

/** The largest standard deviation that a field takes: of pixels from -1 to 1 nothing is left then. */
const MOST_SIGMA = 1000;

/** The field of a standard deviation. */
function strength(hint: string, most: number) {
  return { label: "σ", hint, name: t("editSigmaName"), least: 0, most, step: "any" } as const;
}

/** The controls of the room. */
export function controls(store: Store, hands: Hands): TemplateResult {
  return html`${source(store, hands)}${tool(store, hands)}`;
}

function source(store: Store, hands: Hands): TemplateResult {
  const choose = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file) hands.open(file);
    input.value = "";
  };
  return html`<div class="head"><span class="label">${t("editPicture")}</span> <span class="hint">${t("editPictureHint")}</span></div>
    <input type="file" id="edit-file" accept="image/*" aria-label=${t("editFile")} aria-describedby="edit-problem" @change=${choose} />
    ${store.layers.value.file ? segments("edit-fit", t("editFit"), store.fit, { crop: t("editCrop"), pad: t("editPad"), squeeze: t("editSqueeze") }) : nothing}
    <p class="hint" id="edit-told" role="status">${store.layers.value.told}</p>
    ${store.made.value ? made(store.made.value, hands) : nothing}`;
}

/** The pictures that Generate has made. */
function made(pictures: Pictures, hands: Hands): TemplateResult {
  return html`<p class="hint">${t("editMade")}</p>
    <div class="thumbs" id="edit-made">
      ${Array.from({ length: pictures.count }, (_, i) => {
        const name = t("editTake", { image: i + 1, images: pictures.count });
        return html`<button type="button" aria-label=${name} title=${name} @click=${() => hands.take(i)}>
          ${canvas((element) => draw(element, sheetOf(onePicture(pictures, i), 1)))}
        </button>`;
      })}
    </div>`;
}

function tool(store: Store, hands: Hands): TemplateResult {
  const chosen = store.tool.value;
  const { hint, papers } = TOLD[chosen];
  const words = {
    fill: t(TOLD.fill.name),
    begin: t(TOLD.begin.name),
    mix: t(TOLD.mix.name),
    denoise: t(TOLD.denoise.name),
    hold: t(TOLD.hold.name),
  };
  const options = { fill, begin, mix, denoise, hold }[chosen];
  return html`<div class="sub" id="edit-tool">
    ${segments("edit-tool", t("editTool"), store.tool, words, "chips")}
    <p class="hint two">${t(hint)}</p>
    ${equationOf(store)}
    <p class="hint">${papers.map(({ name, address }, i) => html`${i > 0 ? " · " : ""}<a href=${address} rel="noopener" target="_blank">${name}</a>`)}</p>
    ${options(store, hands)}
  </div>`;
}

function fill(store: Store): TemplateResult {
  const { method, jump, resample } = store.fill;
  const words = { noised: t("editNoised"), clean: t("editClean"), repaint: "RePaint" };
  const hints = { noised: "editNoisedHint", clean: "editCleanHint", repaint: "editRepaintHint" } as const;
  return html`<div class="sub">
    <div class="head"><span class="label">${t("editKnown")}</span></div>
    ${segments("edit-fill", t("editKnown"), method, words)}
    <p class="hint two">${t(hints[method.value])}</p>
    ${
      method.value === "repaint"
        ? html`${number("edit-jump", jump, { ...COUNT, label: t("editJump"), hint: t("editJumpHint"), name: t("editJumpName") })}
          ${number("edit-resample", resample, { ...COUNT, label: t("editResample"), hint: t("editResampleHint"), name: t("editResampleName") })}`
        : nothing
    }
  </div>`;
}

function mix(store: Store): TemplateResult {
  const { other, noise } = store.mix;
  const pixels = other.value && quantise(other.value);
  const paint = (element: HTMLCanvasElement) =>
    pixels && draw(element, sheetOf({ pixels, count: 1, shape: store.shape.value }, 1));
  return html`<div class="sub">
    <div class="line">
      ${button("edit-keep", t("editKeep"), () => store.keepOther(), !store.given.value)}
      ${pixels ? html`<span class="thumbs">${canvas(paint, "edit-other", t("editOther"))}</span>` : nothing}
    </div>
    ${begin(store)}
    ${segments("edit-mix", t("editMixNoise"), noise, { shared: t("editShared"), own: t("editOwn") })}
    <p class="hint two">${t(noise.value === "shared" ? "editSharedHint" : "editOwnHint")}</p>
  </div>`;
}

function begin(store: Store): TemplateResult {
  const most = store.timesteps.value - 1;
  return html`<div class="sub">
    ${slider("edit-t", store.t, { label: "t", least: 0, most, said: t("editAtT", { t: store.t.value, most }) })}
    <p class="line ends hint"><span>${t("editNothingChanges")}</span> <span>${t("editNothingLeft")}</span></p>
  </div>`;
}

function denoise(store: Store, hands: Hands): TemplateResult {
  const { method, sigma, noise } = store.denoise;
  const words = {
    level: t("editLevel"),
    analytic: t("editAnalytic"),
    constant: t("editConstant"),
    annealed: t("editAnnealed"),
  };
  const hints = {
    level: "editLevelHint",
    analytic: "editAnalyticHint",
    constant: "editConstantHint",
    annealed: "editAnnealedHint",
  } as const;
  const grey = decimal(127.5 * sigma.value, 0);
  return html`<div class="sub">
    ${number("edit-sigma", sigma, strength(t("editSigmaHint", { grey }), method.value === "level" ? Math.min(store.mostNoise.value, MOST_SIGMA) : MOST_SIGMA))}
    ${button("edit-noise", t(noise.value ? "editDropNoise" : "editAddNoise"), () => hands.addNoise(), !store.given.value)}
    ${segments("edit-denoise", t("editMethod"), method, words)}
    <p class="hint two">${t(hints[method.value])}</p>
  </div>`;
}

function hold(store: Store): TemplateResult {
  const { r, sigma } = store.hold;
  const words = { "mean-colour": t("editMeanColour"), symmetry: t("editSymmetry") };
  return html`<div class="sub">
    ${segments("edit-hold", t("editHeld"), r, words)}
    <p class="hint two">${t(r.value === "symmetry" ? "editSymmetryHint" : "editMeanColourHint")}</p>
    ${r.value === "symmetry" ? nothing : html`<div class="line">${colour(store)}</div>`}
    ${number("edit-hold-sigma", sigma, strength(t("editHoldSigmaHint"), MOST_SIGMA))}
  </div>`;
}
