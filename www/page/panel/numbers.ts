/** Fields for numbers. Each has its range in index.html; what is wrong with one is said in words, and nothing runs with it. */

import { type Kind, whole } from "../../ui/options.ts";
import { shortened } from "../../ui/words.ts";
import { find } from "../dom.ts";
import { capital, type Key, t } from "../texts.ts";

/** A value that cannot be handed to the engine, with the control it stands in. Its code is the API's for that option. */
export class ControlError extends Error {
  readonly code: string;

  /** `code` as in `UnnoiseError`, such as "invalid-seed". */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a seed may be. */
export const SEED = whole(0);

/** What the fields for numbers are called. */
const NAMES: Partial<Record<string, Key>> = {
  steps: "nameOfSteps",
  images: "nameOfImages",
  frames: "nameOfFrames",
  side: "nameOfSide",
  points: "nameOfPoints",
  "sigma-clip": "nameOfSigmaClip",
  scale: "nameOfScale",
  fps: "nameOfFps",
  eta: "nameOfEta",
  guidance: "nameOfGuidance",
};

/** Which numbers a kind takes, in words. */
export function rangeSaid({ range, allowed }: Pick<Kind<unknown>, "range" | "allowed">): string {
  if (!range) return allowed;
  const { least, most, whole } = range;
  return t(whole ? "wholeNumber" : "number", { least, most });
}

/** What is wrong with a value, in a sentence. */
function mustBe(name: string, given: string, allowed: string): string {
  return capital(t("mustBe", { name, given, allowed }));
}

/** A text from elsewhere in quotation marks. */
export function quoted(text: string): string {
  return t("quoted", { text: shortened(text) });
}

/** What is wrong with a field of this name; empty where nothing is. */
export function problemWith(input: HTMLInputElement, name: string): string {
  const { valueAsNumber: number, value, validity } = input;
  const [from, to, whole] = [Number(input.min), Number(input.max), input.step === "1"];
  if (number >= from && number <= to && (!whole || Number.isInteger(number))) return "";
  // A browser gives what is no number, such as "1e", as an empty value.
  const given = validity.badInput ? t("notANumber") : value === "" ? t("nothing") : shortened(value);
  const key = NAMES[name];
  return mustBe(key ? t(key) : name, given, t(whole ? "wholeNumber" : "number", { least: from, most: to }));
}

/** The number in the field with this id. Throws a `ControlError` where there is none, or one out of range. */
export function readNumber(id: string): number {
  const input = find(id, HTMLInputElement);
  const problem = problemWith(input, id);
  if (problem !== "") throw new ControlError(`invalid-${id}`, problem);
  return input.valueAsNumber;
}

/** The same of a field that nothing depends on: `otherwise` where it makes no sense. */
export function numberOr(id: string, otherwise: number): number {
  const input = find(id, HTMLInputElement);
  return problemWith(input, id) === "" ? input.valueAsNumber : otherwise;
}

/** The seed in a text; undefined where it holds none. */
export function seedIn(text: string): number | undefined {
  return SEED.parse(text.trim());
}

/** The seed in a field's text; `name` is what it is called, `control` where the problem is said. Throws a `ControlError`. */
export function readSeedIn(text: string, name: string, control: string): number {
  const seed = seedIn(text);
  if (seed !== undefined) return seed;
  const typed = text.trim();
  throw new ControlError(
    `invalid-${control}`,
    mustBe(name, typed === "" ? t("nothing") : quoted(typed), rangeSaid(SEED)),
  );
}
