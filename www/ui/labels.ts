/** The classes of a model: their names, and how they are asked for. */
import type { ModelInfo } from "../src/index.ts";

/** A class that can be asked for. */
export interface Label {
  index: number;
  name: string;
}

/** "class 3", of a class without a name. */
export const classNumber = (index: number) => `class ${index}`;

/** All classes of a model, with the one that stands for "no class" where there is one. */
export function labelsOf({ classes = 0, labels }: ModelInfo): Label[] {
  return Array.from({ length: classes }, (_, index) => ({ index, name: labels?.[index] ?? classNumber(index) }));
}

/** The classes of a model that mean something: all but "no class". */
export function classesOf(info: ModelInfo): Label[] {
  return labelsOf(info).filter(({ index }) => index !== info.noClass);
}

/** The index of a class by its name in any case, or by its number; undefined where there is none such. */
export function labelNamed(asked: string, labels: readonly Label[]): number | undefined {
  const wanted = asked.trim().toLowerCase();
  const byName = labels.find(({ name }) => name.toLowerCase() === wanted);
  return (byName ?? labels.find(({ index }) => String(index) === wanted))?.index;
}

/** A class for each image, so that every class is met before one is met again. Neighbours are often alike, so the stride is a long one. */
export function oneOfEach(classes: readonly Label[], images: number): number[] {
  let stride = Math.max(1, Math.floor(0.7 * classes.length));
  while (commonDivisor(stride, classes.length) > 1) stride -= 1;
  return Array.from({ length: images }, (_, image) => classes[(image * stride) % classes.length]?.index ?? 0);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
