/** Parts of the markup of rooms: controls that are bound to a signal, and canvases. */

import type { Signal } from "@preact/signals-core";
import { html, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import { write } from "./dom.ts";
import { problemWith } from "./panel/numbers.ts";
import { type Key, t } from "./texts.ts";

/** A text with elements in the places of {0}, {1} and so on. */
export function withParts(key: Key, ...parts: readonly TemplateResult[]): unknown[] {
  return t(key)
    .split(/\{(\d+)\}/)
    .map((piece, index) => (index % 2 === 0 ? piece : parts[Number(piece)]));
}

/** What a control is bound to, in place of a signal: a value that is read and set by these. */
export function bound<T>(get: () => T, set: (value: T) => void): { value: T } {
  return Object.defineProperty({} as { value: T }, "value", { get, set });
}

/** One of a few, as the page's other choices look. `words` are what each value is called; those in `off` cannot be chosen. */
export function segments<T extends string>(
  name: string,
  label: string,
  value: { value: T },
  words: Readonly<Record<T, string>>,
  look: "segments wide fitted" | "segments wide" | "segments" | "chips" = "segments wide fitted",
  off: readonly T[] = [],
): TemplateResult {
  return html`<fieldset class="choice ${look}">
    <legend class="unseen">${label}</legend>
    ${Object.entries<string>(words).map(
      ([key, word]) => html`<label>
        <input type="radio" name=${name} value=${key} .checked=${value.value === key}
          ?disabled=${off.some((one) => one === key)} @change=${() => Object.assign(value, { value: key })} /><span>${word}</span>
      </label>`,
    )}
  </fieldset>`;
}

/** A number from a line of them. */
interface Range {
  label: string;
  least: number;
  most: number;
  /** What it stands at, in words, beside the line and for those who do not see it. */
  said: string;
  class?: string;
}

/** A slider with its number in words. */
export function slider(id: string, value: Signal<number>, { label, least, most, said }: Range): TemplateResult {
  return html`<div class="head">
      <label class="label" for=${id}>${label}</label> <output class="hint" for=${id}>${said}</output>
    </div>
    ${range(id, value, { label, least, most, said, class: "slider" })}`;
}

/** The slider alone. */
export function range(id: string, value: { value: number }, o: Range): TemplateResult {
  const filled = (100 * (value.value - o.least)) / Math.max(1, o.most - o.least);
  const fill = (element?: Element) =>
    element instanceof HTMLElement && element.style.setProperty("--filled", `${filled}%`);
  return html`<input type="range" id=${id} class=${o.class ?? ""} min=${o.least} max=${o.most} step="1"
    .value=${String(value.value)} aria-label=${o.label} aria-valuetext=${o.said} ${ref(fill)}
    @input=${(event: Event) => Object.assign(value, { value: (event.target as HTMLInputElement).valueAsNumber })} />`;
}

/** What a field for a number is called beside it, and in a sentence; and what it takes. */
interface Field {
  label: string;
  hint: string;
  name: string;
  least: number;
  most: number;
  step: "1" | "any";
}

/** A field for a number. What it does not take is said below it, and leaves the value as it was. */
export function number(id: string, value: Signal<number>, f: Field): TemplateResult {
  const typed = ({ target }: Event) => {
    if (target instanceof HTMLInputElement && check(target)) value.value = target.valueAsNumber;
  };
  return html`<div class="head">
      <label class="label" for=${id}>${f.label}</label> <span class="hint" id="${id}-hint">${f.hint}</span>
      <input type="number" id=${id} step=${f.step} min=${f.least} max=${f.most} data-name=${f.name} .value=${String(value.value)}
        aria-describedby="${id}-hint ${id}-problem" @input=${typed} />
    </div>
    <p class="problem" id="${id}-problem" role="alert"></p>`;
}

/** Whether a field holds a number that it takes; says below it what is wrong. */
export function check(input: HTMLInputElement): boolean {
  const problem = problemWith(input, input.getAttribute("data-name") ?? "");
  write(`${input.id}-problem`, problem);
  if (problem === "") input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
  return problem === "";
}

/** The key that plays and pauses; `words` are what it does. One that would do nothing is dimmed. */
export function playKey(id: string, words: string, on: boolean, press: () => void, dimmed = false): TemplateResult {
  return html`<button type="button" class="key ${on ? "on" : ""}" id=${id} aria-label=${words} title=${words} aria-disabled=${dimmed} @click=${press}>
    <svg viewBox="0 0 16 16" aria-hidden="true"><path class="icon-play" d="M4 2.5v11l9.5-5.5z" /><path class="icon-pause" d="M3.5 3h3.2v10H3.5zM9.3 3h3.2v10H9.3z" /></svg>
  </button>`;
}

/** Something that is on or off. */
export function onOff(id: string, label: string, value: Signal<boolean>): TemplateResult {
  return html`<label class="check"><input type="checkbox" id=${id} .checked=${value.value}
    @change=${() => Object.assign(value, { value: !value.value })} /> <span>${label}</span></label>`;
}

/** A button with words on it. */
export function button(id: string, words: string, press: () => void, disabled = false): TemplateResult {
  return html`<button type="button" class="plain small" id=${id} ?disabled=${disabled} @click=${press}>${words}</button>`;
}

/** A canvas that is drawn whenever its surroundings are. Without a label it is for those alone who see it. */
export function canvas(paint: (canvas: HTMLCanvasElement) => void, id = "", label = ""): TemplateResult {
  const drawn = (element?: Element) => element instanceof HTMLCanvasElement && paint(element);
  if (label === "") return html`<canvas id=${id} aria-hidden="true" ${ref(drawn)}></canvas>`;
  return html`<canvas id=${id} role="img" aria-label=${label} ${ref(drawn)}></canvas>`;
}
