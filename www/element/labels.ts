/** Which classes `labels` asks for, once the model is known. */
import type { ModelInfo, SampleOptions } from "../src/index.ts";
import { classesOf, labelNamed, labelsOf, oneOfEach } from "../ui/labels.ts";
import { refused, type Wanted } from "./attributes.ts";
import { texts } from "./texts.ts";

/** The options of a run with its classes, and those classes in words. */
export function withLabels(
  { labels: asked, options, images }: Wanted,
  info: ModelInfo,
): { options: SampleOptions; said: string } {
  const word = asked?.toLowerCase();
  if (asked === undefined || word === "any") return { options, said: "" };
  const labels = labelsOf(info);
  if (labels.length === 0) throw refused("labels", asked, texts.labelsNone);
  if (word === "each") {
    return { options: { ...options, labels: oneOfEach(classesOf(info), images) }, said: texts.each };
  }
  const indices = asked.split(",").map((part) => {
    const found = labelNamed(part, labels);
    if (found === undefined) throw refused("labels", part.trim(), texts.labelsAllowed(labels.map(({ name }) => name)));
    return found;
  });
  const names = [...new Set(indices)].map((index) => labels[index]?.name ?? "");
  // Two classes of an interpolation are those of its ends.
  if (options.blend && indices.length === 2) {
    return { options: { ...options, blend: { ...options.blend, labels: indices } }, said: names.join(texts.between) };
  }
  return { options: { ...options, labels: indices }, said: names.join(", ") };
}
