/** The controls of an interpolation: seeds and classes of the corners, the mode, and how many frames. */

import { html, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { problemWith } from "../panel/numbers.ts";
import { type Control, clearProblem } from "../panel/problems.ts";
import { bound, range, segments } from "../parts.ts";
import { rollSeed } from "../settings.ts";
import { type Key, t } from "../texts.ts";
import { BOUNDS, COUNT_OF, type CornerClass, type Mode } from "./settings.ts";
import { CORNERS, type Store } from "./state.ts";

/** Of each mode: what it is, what the number below the seeds counts, and what that means. */
const MODE_KEYS = {
  two: { hint: "modeTwo", count: "countFrames", countHint: "countFramesHint" },
  four: { hint: "modeFour", count: "countSide", countHint: "countSideHint" },
  variations: { hint: "modeVariations", count: "countPoints", countHint: "countPointsHint" },
} as const satisfies Record<Mode, Record<string, Key>>;

/** What each corner's fields are called. */
const NAMES: readonly { seed: Key; roll: Key; class: Key }[] = [
  { seed: "seedA", roll: "rollA", class: "classA" },
  { seed: "seedB", roll: "rollB", class: "classB" },
  { seed: "seedC", roll: "rollC", class: "classC" },
  { seed: "seedD", roll: "rollD", class: "classD" },
];

/** The mode and the corners. */
export function corners(store: Store): TemplateResult {
  const { mode } = store;
  const modeOf = bound(
    () => mode.value,
    (one) => {
      mode.value = one;
      said("corners");
    },
  );
  const modes = { two: t("twoSeeds"), four: t("fourSeeds"), variations: t("variations") };
  return html`<fieldset id="corners">
    <legend class="head"><span class="label">${t("between")}</span>
      <button type="button" class="quiet" popovertarget="papers" data-section="interpolation">${t("paper")}</button></legend>
    ${segments("morph-mode", t("between"), modeOf, modes)}
    <p class="hint two" id="mode-hint">${t(MODE_KEYS[mode.value].hint)}</p>
    <div class="corners">${CORNERS.map((_, corner) => row(store, corner))}</div>
    <button type="button" class="quiet" id="morph-swap" ?hidden=${mode.value === "variations"} @click=${() => swap(store)}>${t("swap")}</button>
  </fieldset>`;
}

/** How many frames, and how many images of each. */
export function counts(store: Store): TemplateResult {
  const mode = store.mode.value;
  const { count, countHint } = MODE_KEYS[mode];
  const name = COUNT_OF[mode];
  const [least, most] = BOUNDS[name];
  const { text } = store.counts[name].value;
  const type = (text: string, wrong = "") => {
    store.counts[name].value = { text, wrong };
    said("frames");
  };
  const typed = ({ target }: Event) =>
    target instanceof HTMLInputElement && type(target.value, problemWith(target, name));
  const slid = bound(
    () => store.counted[name],
    (n) => type(String(n)),
  );
  const variations = bound(
    () => String(store.variations.value),
    (n) => {
      store.variations.value = Number(n);
      said("corners");
    },
  );
  return html`<div class="head"><label class="label" for="frames" id="frames-name">${t(count)}</label> <span class="hint" id="frames-hint">${t(countHint)}</span>
      <input type="number" id="frames" min=${least} max=${most} step="1" .value=${live(text)} aria-describedby="frames-hint frames-problem" @input=${typed} /></div>
    ${range("frames-slide", slid, { label: t(count), least, most, said: text, class: "slider" })}
    <div class="sub" id="variations-field" ?hidden=${mode !== "variations"}>
      <div class="head"><span class="label">${t("imagesLabel")}</span> <span class="hint">${t("variationsHint")}</span></div>
      ${segments("variations", t("imagesLabel"), variations, { 4: "4", 9: "9", 16: "16" } as Record<string, string>, "segments wide")}
    </div>`;
}

/** A corner's seed, dice and class. */
function row(store: Store, corner: number): TemplateResult {
  const letter = CORNERS[corner] ?? "A";
  const id = letter.toLowerCase();
  const names = NAMES[corner] ?? { seed: "seedA", roll: "rollA", class: "classA" };
  const offered = store.offered.value;
  const choices: { value: CornerClass; name: string }[] = [
    ...(corner > 0 ? [{ value: "same" as const, name: t("sameClass") }] : []),
    ...offered,
  ];
  const type = (seed: string) => {
    store.type(corner, seed);
    said("corners");
  };
  const choose = ({ target }: Event) => {
    if (!(target instanceof HTMLSelectElement)) return;
    store.hasOwnClasses = true;
    store.choose(corner, choices[target.selectedIndex]?.value);
    said("corners");
  };
  return html`<div class="seed-row" id="corner-${id}" ?hidden=${!store.uses(corner)}><span class="letter" aria-hidden="true">${letter}</span>
    <span class="seed-box"><input type="text" inputmode="numeric" id="seed-${id}" .value=${live(store.seeds[corner]?.value ?? "")} spellcheck="false"
      aria-label=${t(names.seed)} aria-describedby="corners-problem" @input=${({ target }: Event) => target instanceof HTMLInputElement && type(target.value)} /><button
      type="button" class="key" id="dice-${id}" aria-label=${t(names.roll)} title=${t(names.roll)} @click=${() => type(String(rollSeed()))}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><use href="#dice-shape" /></svg></button></span>
    <select id="class-${id}" aria-label=${t(names.class)} aria-describedby="corners-problem" ?hidden=${offered.every(({ value }) => value === "any")} @change=${choose}>
      ${choices.map(({ value, name }) => html`<option value=${value} .selected=${live(value === store.classes[corner]?.value)}>${name}</option>`)}
    </select></div>`;
}

/** A and B change places, with their classes: B's own is A's where it said "class of A". */
function swap(store: Store): void {
  const [a, b] = store.seeds.map(({ value }) => value);
  store.type(0, b ?? "");
  store.type(1, a ?? "");
  const [before, after] = store.classes.map(({ value }) => value);
  if (after !== "same") {
    store.hasOwnClasses = true;
    store.choose(0, after);
    store.choose(1, before);
  }
  said("corners");
}

/** What was said beside a control is taken back when it changes. */
function said(control: Control): void {
  clearProblem(control);
  clearProblem("branch");
}
