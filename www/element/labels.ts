/** Which classes `labels` asks for, once the model is known. */
import type { ModelInfo, SampleOptions } from "../src/index.ts";
import { classesOf, labelNamed, labelsOf, oneOfEach } from "../ui/labels.ts";
import { listed } from "../ui/words.ts";
import type { Wanted } from "./attributes.ts";
import { refused } from "./refused.ts";
import { inEnglish, type SayElement } from "./texts.ts";

/** The options of a run with its classes, and those classes in words. */
export function withLabels(
  { labels: asked, options, images }: Wanted,
  info: ModelInfo,
): { options: SampleOptions; said: (t: SayElement) => string } {
  const word = asked?.toLowerCase();
  if (asked === undefined || word === "any") return { options, said: () => "" };
  const labels = labelsOf(info);
  if (labels.length === 0) throw refused("labels", asked, "absent, for this model has no classes");
  if (word === "each") {
    return { options: { ...options, labels: oneOfEach(classesOf(info), images) }, said: (t) => t("each") };
  }
  const indices = asked.split(",").map((part) => {
    const found = labelNamed(part, labels);
    if (found === undefined) {
      const names = listed(
        labels.map(({ name }) => name),
        inEnglish,
      );
      throw refused("labels", part.trim(), `"each", "any", or names or numbers of classes: ${names}`);
    }
    return found;
  });
  const namesIn = (t: SayElement) => [...new Set(indices)].map((n) => info.labels?.[n] ?? t("class", { n }));
  // Two classes of an interpolation are those of its ends.
  if (options.blend && indices.length === 2) {
    const said = (t: SayElement) => {
      const [a = "", b = a] = namesIn(t);
      return a === b ? a : t("between", { a, b });
    };
    return { options: { ...options, blend: { ...options.blend, labels: indices } }, said };
  }
  return { options: { ...options, labels: indices }, said: (t) => namesIn(t).join(", ") };
}
