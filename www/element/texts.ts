/** What the element says, in the language of the place where it stands. Messages of errors are for the page's author: they are in English. */

import type { SampleOptions } from "../src/index.ts";
import type en from "../texts/en.json";
import { element, shared } from "../texts/en.json";
import { paperName } from "../ui/options.ts";
import type { PictureShape } from "../ui/pixels.ts";
import { filled, type Say } from "../ui/texts.ts";
import { seedsSaid } from "../ui/words.ts";

/** A text of the element. */
export type Key = keyof typeof shared | keyof typeof element;

/** Says the element's texts. */
export type SayElement = Say<Key>;

type Texts = Record<Key, string>;

/** Languages beside English: each is fetched when an element first speaks it. */
const OTHERS: Record<string, () => Promise<Pick<typeof en, "shared" | "element">>> = {
  de: () => import("../texts/de.json"),
};

/** Says a text in English. */
export const inEnglish = speaker("en", { ...shared, ...element });

function speaker(language: string, texts: Texts): SayElement {
  return (key, values) => filled(texts[key], language, values);
}

/** The language in which a node stands: that of the nearest element around it which names one. */
export function languageOf(node: Element): string {
  const named = node.closest("[lang]");
  const root = node.getRootNode();
  if (!named && root instanceof ShadowRoot) return languageOf(root.host);
  return named?.getAttribute("lang")?.toLowerCase().split("-")[0] ?? "";
}

/** Says the texts of a language: English where there is none, or where it cannot be fetched. */
export function speakerOf(language: string): SayElement | Promise<SayElement> {
  // The language is the document's word: "constructor" is none of the table's own.
  const fetched = Object.hasOwn(OTHERS, language) ? OTHERS[language]?.() : undefined;
  if (!fetched) return inEnglish;
  return fetched.then((texts) => speaker(language, { ...texts.shared, ...texts.element })).catch(() => inEnglish);
}

/** What was made, as the line under the picture tells it. */
export interface Made {
  options: SampleOptions;
  /** Of the run; of several, the first. */
  seed: number;
  steps: number;
  /** The classes in words. */
  classes: (t: SayElement) => string;
  images: number;
  shape: PictureShape;
}

/** "DDIM · 50 steps · sneaker · seed 7". */
export function madeSaid(t: SayElement, { options, seed, steps, classes, images }: Made): string {
  const { sampler = "ddim", seeds, first, blend } = options;
  const noise = blend
    ? t("seedsTo", { a: String(seed), b: blend.seeds.join(", ") })
    : seedsSaid(t, { seed, seeds, first }, images);
  const parts = [
    paperName(sampler),
    t("steps", { n: steps }),
    images > 1 ? t("images", { n: images }) : "",
    classes(t),
    noise,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}
