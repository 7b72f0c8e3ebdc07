/** Fields for numbers. Each has its range in index.html; what is wrong with one is said in words, and nothing runs with it. */

import { type Kind, upTo, whole } from "../../ui/options.ts";
import { shortened } from "../../ui/words.ts";
import { find } from "../dom.ts";
import { texts } from "../texts.ts";

/** A value that cannot be handed to the engine, with the control it stands in. Its code is the API's for that option. */
export class ControlError extends Error {
  readonly code: string;

  /** `code` as in `UnnoiseError`, such as "invalid-seed". */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A whole number between two bounds, both named where it is refused. */
export function within(least: number, most: number): Kind<number> {
  return whole(least, most, wholeNumber(least, most));
}

/** "a whole number from 1 to 1,000". */
function wholeNumber(least: number, most: number): string {
  return `a whole number from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}`;
}

/** What a seed may be. */
export const SEED = within(0, Number.MAX_SAFE_INTEGER);

/** What is wrong with a field, called as `texts.numbers` calls this name; empty where nothing is. */
export function problemWith(input: HTMLInputElement, name: string): string {
  const { valueAsNumber: number, value, validity } = input;
  const [from, to, whole] = [Number(input.min), Number(input.max), input.step === "1"];
  if (number >= from && number <= to && (!whole || Number.isInteger(number))) return "";
  // A browser gives what is no number, such as "1e", as an empty value.
  const given = validity.badInput ? "not a number" : value === "" ? "empty" : shortened(value);
  return texts.mustBe(texts.numbers[name] ?? name, given, whole ? wholeNumber(from, to) : upTo(to).allowed);
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

/** The seed in a field; `name` is what the field is called, `control` where the problem is said. Throws a `ControlError`. */
export function readSeedIn(input: HTMLInputElement, name: string, control: string): number {
  const seed = seedIn(input.value);
  if (seed !== undefined) return seed;
  const typed = input.value.trim();
  const given = typed === "" ? "empty" : `“${shortened(typed)}”`;
  throw new ControlError(`invalid-${control}`, texts.mustBe(name, given, SEED.allowed));
}
