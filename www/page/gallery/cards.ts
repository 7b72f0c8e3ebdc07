/** The cards of the gallery: each model a button with its picture, what it takes, and what it is good at. */

import { type Signal, signal } from "@preact/signals-core";
import { html, nothing, type TemplateResult } from "lit-html";
import type { Model } from "../../src/index.ts";
import { addressOf, nameOf } from "../model/bundled.ts";
import type { Source } from "../model/engine.ts";
import type { KeptModel } from "../model/kept.ts";
import { type Key, modelCost, modelSize, t } from "../texts.ts";

/** A bundled model, as the build lists it. */
export interface Bundled {
  name: string;
  bytes: number;
  parameters: number;
  shape: Model["info"]["shape"];
}

/** What is told of each: the licence of its data, and what it is good at. */
const TOLD: Record<string, { licence: string; about: Key }> = {
  "fashion-mnist": { licence: "MIT", about: "galleryFashion" },
  emoji: { licence: "Apache 2.0, CC BY 4.0, MIT", about: "galleryEmoji" },
};

/** All that can change. */
export class Store {
  readonly bundled = signal<readonly Bundled[]>([]);
  readonly trained: Signal<readonly KeptModel[]> = signal([]);
  /** The source of the model at hand. */
  readonly loaded = signal<Source | undefined>(undefined);
  /** Why the bundled models are not listed. */
  readonly problem = signal("");
}

/** All cards; `take` hears of the one that is pressed. */
export function cards(store: Store, take: (source: Source) => void): TemplateResult {
  const { bundled, trained, loaded, problem } = store;
  return html`<ul class="bare cards" aria-label=${t("galleryModels")}>
      ${bundled.value.map((model) => bundledCard(model, loaded.value, take))}
      ${trained.value.map((model) => trainedCard(model, loaded.value, take))}
    </ul>
    ${problem.value === "" ? nothing : html`<p class="problem" role="alert">${problem.value}</p>`}
    <p class="label">${t("galleryOwn")}</p>`;
}

function bundledCard(model: Bundled, loaded: Source | undefined, take: (source: Source) => void): TemplateResult {
  const source = addressOf(model.name);
  const { licence, about } = TOLD[model.name] ?? {};
  const picture = html`<span class="shown"><img src=${`${source}card.png`} alt="" /></span>`;
  return card(source, loaded, take, {
    name: nameOf(model.name),
    picture,
    lines: [
      about ? t(about) : "",
      modelCost(model.bytes),
      `${modelSize(model)}.`,
      licence === undefined ? "" : t("galleryLicence", { licence }),
    ],
  });
}

function trainedCard(
  { files, name, pictures, step, parameters }: KeptModel,
  loaded: Source | undefined,
  take: (source: Source) => void,
): TemplateResult {
  const told = t("galleryTrained", { pictures, step });
  return card(files, loaded, take, { name, lines: [told, t("galleryWeights", { n: Math.round(parameters / 1000) })] });
}

function card(
  source: Source,
  loaded: Source | undefined,
  take: (source: Source) => void,
  { name, picture, lines }: { name: string; picture?: TemplateResult; lines: string[] },
): TemplateResult {
  const said = lines.filter((line) => line !== "").map((line) => html`<span class="hint">${line}</span>`);
  return html`<li><button type="button" class="model-card" aria-current=${String(source === loaded)} @click=${() => take(source)}>
    ${picture ?? nothing}<b>${name}</b>${said}
  </button></li>`;
}
