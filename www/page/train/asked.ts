/** A training as the address has it: what is not the default, by parameters that begin with "train". */

import { shortened } from "../../ui/words.ts";
import { TRAIN, type TrainAsked } from "../share/train.ts";
import type { Line } from "./data/drawing.ts";
import { SETS } from "./data/sets.ts";
import { OBJECTIVES } from "./objectives.ts";
import { type Asked, DEFAULTS, FURTHEST, LIMITS, LONGEST_WORD } from "./settings.ts";

/** What one of a few may be. */
const CHOICES: Partial<Record<keyof Asked, readonly string[]>> = {
  set: SETS,
  objective: Object.keys(OBJECTIVES),
  prediction: ["epsilon", "sample", "v_prediction", "mu"],
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

/** Writes what is not the default. */
export function parametersOf({ asked, word, lines }: Whole): TrainAsked {
  const own = Object.entries(asked).filter(
    ([name, value]) => name === "set" || value !== DEFAULTS[name as keyof Asked],
  );
  const drawn = lines.map((line) => line.join(" ")).join(";");
  return {
    ...Object.fromEntries(own.map(([name, value]) => [parameterOf(name), String(value)])),
    ...(asked.set === "word" && { [parameterOf("word")]: word }),
    ...(asked.set === "drawing" && drawn.length <= MOST && { [parameterOf("lines")]: drawn }),
  };
}

/** Reads it. What makes no sense is told by name and value, and left as it is by default. */
export function read(
  given: TrainAsked,
  { word, lines }: Pick<Whole, "word" | "lines">,
  refuse: (what: string) => void,
): Whole {
  const taken = <T>(name: string, parse: (text: string) => T | undefined, otherwise: T): T => {
    const text = given[parameterOf(name)];
    const parsed = text === undefined ? undefined : parse(text);
    if (text !== undefined && parsed === undefined) refuse(`${parameterOf(name)}=${shortened(text)}`);
    return parsed ?? otherwise;
  };
  const asked = Object.entries(DEFAULTS).map(([name, value]) => {
    return [name, taken<string | number>(name, (text) => parsed(name as keyof Asked, text), value)];
  });
  return {
    asked: Object.fromEntries(asked) as Asked,
    word: taken("word", (text) => text.slice(0, LONGEST_WORD), word),
    lines: taken("lines", linesIn, lines),
  };
}

function parsed(name: keyof Asked, text: string): string | number | undefined {
  const choices = CHOICES[name];
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
