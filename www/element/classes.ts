/** Which classes `labels` asks for, once the model is known. */
import type { ModelInfo, SampleOptions } from "../src/index.ts";
import { refused, type Wanted } from "./attributes.ts";
import { texts } from "./texts.ts";

/** A class that can be asked for. */
interface Label {
  index: number;
  name: string;
}

/** The options of a run with its classes, and those classes in words. */
export function withClasses(
  { labels, options, images }: Wanted,
  info: ModelInfo,
): { options: SampleOptions; said: string } {
  const asked = labels?.trim().toLowerCase();
  if (labels === undefined || asked === "any") return { options, said: "" };
  const classes = classesOf(info);
  if (classes.length === 0) throw refused("labels", labels, texts.labelsNone);
  if (asked === "each") return { options: { ...options, labels: each(classes, images, info) }, said: texts.each };

  const chosen = labels.split(",").map((part) => classOf(part.trim(), classes));
  const indices = chosen.map(({ index }) => index);
  const names = [...new Set(chosen.map(({ name }) => name))];
  // Two classes of an interpolation are those of its ends.
  if (options.blend && indices.length === 2) {
    return { options: { ...options, blend: { ...options.blend, labels: indices } }, said: names.join(texts.between) };
  }
  return { options: { ...options, labels: indices }, said: names.join(", ") };
}

function classesOf(info: ModelInfo): Label[] {
  const length = info.classes ?? info.labels?.length ?? 0;
  return Array.from({ length }, (_, index) => ({ index, name: info.labels?.[index] ?? texts.classNumber(index) }));
}

/** A class by its name, in any case, or by its number. */
function classOf(asked: string, classes: Label[]): Label {
  const wanted = asked.toLowerCase();
  const found = classes.find(({ index, name }) => name.toLowerCase() === wanted || String(index) === wanted);
  if (found) return found;
  throw refused("labels", asked, texts.labelsAllowed(classes.map(({ name }) => name)));
}

/** A class for each image, so that every class is met before one is met again; in the order of the demo page. */
function each(classes: Label[], images: number, { noClass }: ModelInfo): number[] {
  const offered = classes.filter(({ index }) => index !== noClass);
  // Neighbours are often alike, so the stride is a long one.
  let stride = Math.max(1, Math.floor(0.7 * offered.length));
  while (commonDivisor(stride, offered.length) > 1) stride -= 1;
  return Array.from({ length: images }, (_, image) => offered[(image * stride) % offered.length]?.index ?? 0);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
