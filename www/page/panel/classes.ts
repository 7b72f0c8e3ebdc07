/** The class picker: a chip for every label, or a list where there are too many. */

import type { Model } from "../../src/index.ts";
import { make } from "../../ui/dom.ts";
import { classesOf } from "../../ui/labels.ts";
import { find, write } from "../dom.ts";
import { addressOf, bundledIn } from "../model/bundled.ts";
import { type ClassChoice, labelsFor } from "../settings.ts";
import { t } from "../texts.ts";

/** More classes than this are a list to choose from. */
const MOST_CHIPS = 20;

/**
 * Offers a model's classes, and "any" only where it was trained with a label for that. What stands there already stays as
 * it is, with its choice.
 */
export function offerClasses(info: Model["info"]): void {
  const labels = classesOf(info);
  find("class-field", HTMLFieldSetElement).hidden = labels.length === 0;
  write("class-hint", t(info.labels ? "classHint" : "classNamesAbsent"));
  const each = { value: "each", name: t("eachShort") };
  const offered = info.noClass === undefined ? [each] : [each, { value: "any", name: t("anyShort") }];
  const entries = [...offered, ...labels.map(({ index }) => ({ value: String(index), name: className(index, info) }))];
  const bundled = bundledIn(info);
  const tiles =
    bundled === undefined
      ? undefined
      : { url: `${addressOf(bundled)}classes.png`, of: labels.map(({ index }) => String(index)) };
  const signature = entries.map(({ value, name }) => `${value} ${name}`).join("\n");
  const box = find("class-chips");
  if (signature !== currentSignature() || (box.querySelector(".tile") === null) !== (tiles === undefined)) {
    box.replaceChildren(
      ...(labels.length > MOST_CHIPS ? [list(entries)] : entries.map((entry) => chip(entry, tiles?.of))),
    );
    chooseClass("each");
  }
  for (const [at, tile] of [...box.querySelectorAll<HTMLElement>(".tile")].entries()) {
    tile.style.backgroundImage = `url("${tiles?.url}")`;
    tile.style.backgroundPositionX = `${(100 * at) / Math.max(1, labels.length - 1)}%`;
  }
}

/** The class that is chosen. */
export function chosenClass(): ClassChoice {
  const select = document.querySelector<HTMLSelectElement>("#class-chips select");
  const radio = document.querySelector<HTMLInputElement>("#class-chips input:checked");
  const value = select?.value ?? radio?.value ?? "each";
  return value === "any" || value === "each" ? value : Number(value);
}

/** Chooses a class; the first that is offered where the model does not have it. */
export function chooseClass(choice: ClassChoice): void {
  const value = String(choice);
  const select = document.querySelector<HTMLSelectElement>("#class-chips select");
  if (select) select.value = value;
  const radios = [...document.querySelectorAll<HTMLInputElement>("#class-chips input")];
  const radio = radios.find((candidate) => candidate.value === value) ?? radios[0];
  if (radio) radio.checked = true;
}

/** A choice in words, for the line under so many pictures; empty for a model without classes. */
export function className(choice: ClassChoice, info: Model["info"], images = Number.POSITIVE_INFINITY): string {
  const classes = classesOf(info);
  if (classes.length === 0) return "";
  if (choice === "any") return t("anyClass");
  if (typeof choice === "number") return info.labels?.[choice] ?? t("class", { n: choice });
  if (images === 1) return className(labelsFor(choice, 1, info)?.[0] ?? "any", info);
  return images < classes.length ? t("someClasses", { n: images, of: classes.length }) : t("eachClass");
}

interface Entry {
  value: string;
  name: string;
}

/** `pictured` are the values beside whose names there is a picture of the class. */
function chip({ value, name }: Entry, pictured: readonly string[] = []): HTMLElement {
  const tile = pictured.includes(value) ? [make("i", { class: "tile" })] : [];
  return make("label", {}, make("input", { type: "radio", name: "class", value }), make("span", {}, ...tile, name));
}

function list(entries: Entry[]): HTMLElement {
  return make(
    "select",
    { "aria-label": t("classLabel") },
    ...entries.map(({ value, name }) => new Option(name, value)),
  );
}

function currentSignature(): string {
  const chips = [...document.querySelectorAll<HTMLElement>("#class-chips label")];
  return chips.map((label) => `${label.querySelector("input")?.value} ${label.textContent?.trim()}`).join("\n");
}
