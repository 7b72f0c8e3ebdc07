/** Reads the page's address: what a link asks for, and what in it makes no sense. */

import { type BackendChoice, type ClassChoice, MOST_IMAGES, SAMPLERS, type Settings } from "./settings.ts";
import { texts } from "./texts.ts";

/** Something the address asks for that cannot be had, and the control beside which to say so. */
export interface AddressProblem {
  /** Name of the control: see problems.ts. */
  control: string;
  sentence: string;
}

/** What a link asks for. Only what stands in the address is set. */
export interface Address {
  settings: Partial<Pick<Settings, "seed" | "steps" | "sampler" | "images" | "eta">>;
  /** By name or number; checked against the model's labels once they are known. */
  class?: string;
  backend?: BackendChoice;
  model?: string;
  problems: AddressProblem[];
}

const BACKENDS: readonly BackendChoice[] = ["auto", "cpu", "webgpu"];
const MOST_STEPS = 1000;

/** Reads `seed`, `steps`, `sampler`, `eta`, `class`, `images`, `backend` and `model`. Other names are left to others. */
export function readAddress(query: string): Address {
  const found: Address = { settings: {}, problems: [] };
  const given = new URLSearchParams(query);
  const whole = (name: "seed" | "steps" | "images", from: number, to: number) => {
    const value = given.get(name);
    if (value === null) return;
    if (/^\d+$/.test(value) && Number(value) >= from && Number(value) <= to) found.settings[name] = Number(value);
    else report(found, name, texts.addressRange(name, value, texts.wholeNumber(from, to)));
  };
  whole("seed", 0, Number.MAX_SAFE_INTEGER);
  whole("steps", 1, MOST_STEPS);
  whole("images", 1, MOST_IMAGES);

  const eta = given.get("eta");
  if (eta !== null) {
    if (eta !== "" && Number(eta) >= 0 && Number(eta) <= 1) found.settings.eta = Number(eta);
    else report(found, "eta", texts.addressRange("eta", eta, "a number from 0 to 1"));
  }
  const sampler = oneOf(found, given, "sampler", SAMPLERS);
  if (sampler !== undefined) found.settings.sampler = sampler;
  const backend = oneOf(found, given, "backend", BACKENDS);
  if (backend !== undefined) found.backend = backend;
  const label = given.get("class");
  if (label !== null) found.class = label;
  const model = given.get("model");
  if (model !== null && model !== "") found.model = model;
  return found;
}

/** The class that a link means: "any", "each", a label's name in any case, or its number. Undefined when there is none such. */
export function classFromAddress(
  asked: string,
  labels: readonly { index: number; name: string }[],
): ClassChoice | undefined {
  const wanted = asked.trim().toLowerCase();
  if (wanted === "any" || wanted === "each") return wanted;
  const byName = labels.find((label) => label.name.toLowerCase() === wanted);
  const byNumber = labels.find((label) => String(label.index) === wanted);
  return (byName ?? byNumber)?.index;
}

function oneOf<T extends string>(
  found: Address,
  given: URLSearchParams,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = given.get(name);
  if (value === null) return undefined;
  const match = allowed.find((candidate) => candidate === value);
  if (match === undefined) report(found, name, texts.addressUnknown(name, value, allowed.join(", ")));
  return match;
}

function report(found: Address, control: string, sentence: string): void {
  found.problems.push({ control, sentence });
}
