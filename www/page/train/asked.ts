/** A training as the address has it: what is not the default, by parameters that begin with "train". */

import { shortened } from "../../ui/words.ts";
import { TRAIN, type TrainAsked } from "../share/train.ts";
import type { Line } from "./data/drawing.ts";
import { SETS } from "./data/sets.ts";
import { OBJECTIVES, PREDICTIONS } from "./objectives.ts";
import { type Asked, DEFAULTS, FURTHEST, LIMITS, LONGEST_WORD } from "./settings.ts";

/** What one of a few may be. */
type Choices = Partial<Record<keyof Asked, readonly string[]>>;

/** What those of points may be. */
const CHOICES: Choices = {
  set: SETS,
  objective: Object.keys(OBJECTIVES),
  prediction: Object.keys(PREDICTIONS),
  schedule: ["linear", "squaredcos_cap_v2"],
  variance: ["small", "large", "learned"],
  weighting: ["uniform", "snr", "min-snr"],
  gamma: ["linear", "learned"],
};

/** A drawing of more characters does not fit into a link. */
const MOST = 4000;

/** All that decides what is learnt. */
interface Whole {
  asked: Asked;
  word: string;
  lines: readonly Line[];
}

/** The parameter of a setting. */
function parameterOf(name: string): string {
  return name === "set" ? TRAIN : `${TRAIN}-${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Settings that are not the defaults, by their parameters. */
export function written<Values extends object>(asked: Values, defaults: Values): TrainAsked {
  const own = Object.entries(asked).filter(([name, value]) => value !== defaults[name as keyof Values]);
  return Object.fromEntries(own.map(([name, value]) => [parameterOf(name), String(value)]));
}

/** Writes what is not the default. */
export function parametersOf({ asked, word, lines }: Whole): TrainAsked {
  const drawn = lines.map((line) => line.join(" ")).join(";");
  return {
    [TRAIN]: asked.set,
    ...written(asked, DEFAULTS),
    ...(asked.set === "word" && { [parameterOf("word")]: word }),
    ...(asked.set === "drawing" && drawn.length <= MOST && { [parameterOf("lines")]: drawn }),
  };
}

/** Whoever asks for what makes no sense is told of it, by name and value. */
type Refuse = (what: string) => void;

/** One parameter; where it is absent or makes no sense, what stands otherwise. */
function taken<T>(
  given: TrainAsked,
  name: string,
  parse: (text: string) => T | undefined,
  otherwise: T,
  refuse: Refuse,
): T {
  const text = given[parameterOf(name)];
  const value = text === undefined ? undefined : parse(text);
  if (text !== undefined && value === undefined) refuse(`${parameterOf(name)}=${shortened(text)}`);
  return value ?? otherwise;
}

/** Settings by their parameters; the defaults for those that are absent or make no sense. */
export function valuesIn<Values extends Partial<Asked>>(
  given: TrainAsked,
  defaults: Values,
  refuse: Refuse,
  choices: Choices = {},
): Values {
  const all = Object.entries(defaults).map(([name, value]) => {
    const parse = (text: string) => parsed(name as keyof Asked, text, choices);
    return [name, taken<string | number>(given, name, parse, value, refuse)];
  });
  return Object.fromEntries(all) as Values;
}

/** Reads it. What makes no sense is told by name and value, and left as it is by default. */
export function read(given: TrainAsked, { word, lines }: Pick<Whole, "word" | "lines">, refuse: Refuse): Whole {
  return {
    asked: valuesIn(given, DEFAULTS, refuse),
    word: taken(given, "word", (text) => text.slice(0, LONGEST_WORD), word, refuse),
    lines: taken(given, "lines", linesIn, lines, refuse),
  };
}

function parsed(
  name: keyof Asked,
  text: string,
  { [name]: choices = CHOICES[name] }: Choices,
): string | number | undefined {
  if (choices) return choices.find((choice) => choice === text);
  const { least, most, step } = LIMITS[name as keyof typeof LIMITS];
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return value >= least && value <= most && (step === "any" || Number.isInteger(value)) ? value : undefined;
}

function linesIn(text: string): Line[] | undefined {
  const lines = text.split(";").map((line) => line.trim().split(/\s+/).map(Number));
  const isLine = (line: number[]) => line.length % 2 === 0 && line.every((value) => Math.abs(value) <= FURTHEST);
  return lines.every(isLine) ? lines : undefined;
}
