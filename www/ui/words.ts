/** Lists, seeds, and text from elsewhere (a model, a link, a file) in the sentences of the page and of the element. */
import type { SampleOptions } from "../src/index.ts";
import type en from "../texts/en.json";
import type { Say } from "./texts.ts";

/** Says what the page and the element have in common. */
export type SayShared = Say<keyof typeof en.shared>;

/**
 * What shows as it is: letters, marks, digits, punctuation, symbols and the space. Not: line breaks of any kind, control and format
 * characters (among them those that turn the direction of writing), halves of surrogate pairs.
 */
export const PLAIN = String.raw`\p{L}\p{M}\p{N}\p{P}\p{S} `;
export const NOT_PLAIN = new RegExp(`[^${PLAIN}]`, "gu");

/** The longest text that a sentence repeats, in characters. */
const LONGEST = 60;

/** So many names are listed, and the others counted. */
const MOST_LISTED = 20;

/** "3 / 50": the step that is shown. */
export const stepOf = (step: number, steps: number) => `${step} / ${steps}`;

/** A text as a sentence: with a capital and a full stop, which would read as part of an address where one ends the text. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  // An address or a name of a file or setting is written as it is.
  const begun = /^[a-z]+:|^[a-z]\w*_/.test(trimmed) ? trimmed : trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$|:\/\/\S*$/.test(begun) ? begun : `${begun}.`;
}

/** Names between commas; of many the first, and how many more there are. */
export function listed(names: readonly string[], t: SayShared): string {
  const more = names.length - MOST_LISTED;
  const shown = names.slice(0, MOST_LISTED).map(shortened).join(", ");
  return more > 0 ? t("listedMore", { names: shown, n: more }) : shown;
}

/** A text as a sentence repeats it: as it is, but cut where it is long, with "�" for what does not show. */
export function shortened(text: string): string {
  const characters = [...text.slice(0, 2 * LONGEST + 2)];
  const cut = characters.length > LONGEST ? [...characters.slice(0, LONGEST), "…"] : characters;
  return cut.join("").replaceAll(NOT_PLAIN, "�");
}

/** So many seeds are named, and the others counted. */
const MOST_SEEDS = 6;

/** What decides the noise, as in the options of a run. */
export interface Seeded {
  seed: number;
  seeds?: SampleOptions["seeds"] | undefined;
  first?: SampleOptions["first"] | undefined;
}

/** "seed 42", "seeds 1, 2, 3", "seed 42, image 6 of 16". */
export function seedsSaid(t: SayShared, { seed, seeds, first }: Seeded, images: number): string {
  if (seeds && seeds.length > 1) {
    const named = seeds.slice(0, MOST_SEEDS).join(", ");
    const more = seeds.length - MOST_SEEDS;
    return more > 0 ? t("seedsMore", { seeds: named, n: more }) : t("seeds", { seeds: named });
  }
  const one = t("seed", { seed: String(seed) });
  return first === undefined ? one : `${one}, ${partSaid(t, first, images)}`;
}

/** "image 6 of 16", "images 6 to 8": people count images from 1. */
export function partSaid(t: SayShared, first: number | readonly [image: number, of: number], images: number): string {
  const [image, of] = typeof first === "number" ? [first] : first;
  const part = images > 1 ? t("parts", { from: image + 1, to: image + images }) : t("part", { image: image + 1 });
  return of === undefined ? part : t("partOf", { part, of });
}
