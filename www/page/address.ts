/** Reads the page's address: what a link asks for, and what in it makes no sense. */

import {
  type BackendChoice,
  CLIPS,
  type ClassChoice,
  MOST_IMAGES,
  RNGS,
  SAMPLERS,
  type Settings,
  TRAJECTORIES,
  VARIANCES,
} from "./settings.ts";
import { type Morph, readMorph } from "./share-morph.ts";
import { texts } from "./texts.ts";

/** Something the address asks for that cannot be had, and the control beside which to say so. */
export interface AddressProblem {
  /** Name of the control: see problems.ts. */
  control: string;
  sentence: string;
}

/** What a link asks for. Only what stands in the address is set. */
export interface Address {
  settings: Partial<Omit<Settings, "class">>;
  /** By name or number; checked against the model's labels once they are known. */
  class?: string;
  backend?: BackendChoice;
  model?: string;
  /** First digits of the SHA-256 of the weights, to be compared with those that are loaded. */
  hash?: string;
  /** Of the view Interpolate. */
  morph?: Morph;
  problems: AddressProblem[];
}

const BACKENDS: readonly BackendChoice[] = ["auto", "cpu", "webgpu"];
const MOST_STEPS = 1000;

/** Fewer digits of a hash than this say nothing; all of them are 64. */
const HASH = /^[0-9a-f]{8,64}$/;

/** Reads what share-link.ts writes. Other names are left to others. */
export function readAddress(query: string): Address {
  const reader = new Reader(query);
  reader.whole("seed", 0, Number.MAX_SAFE_INTEGER);
  reader.whole("steps", 1, MOST_STEPS);
  reader.whole("images", 1, MOST_IMAGES);
  reader.number("eta", "eta", 1);
  reader.number("sigmaClip", "sigma-clip", 255);
  reader.number("guidance", "guidance", 100);
  reader.choice("sampler", SAMPLERS);
  reader.choice("variance", VARIANCES);
  reader.choice("trajectory", TRAJECTORIES);
  reader.choice("clip", CLIPS);
  reader.choice("rng", RNGS);

  const { found } = reader;
  if (found.settings.trajectory === "own" && found.settings.sampler !== "vdm") {
    delete found.settings.trajectory;
    found.problems.push({ control: "trajectory", sentence: texts.ownElsewhere });
  }
  const backend = reader.oneOf("backend", BACKENDS);
  if (backend !== undefined) found.backend = backend;
  const label = reader.given.get("class");
  if (label !== null) found.class = label;
  const model = reader.given.get("model");
  if (model !== null && model !== "") found.model = model;
  const hash = reader.given.get("hash")?.toLowerCase();
  if (hash !== undefined && HASH.test(hash)) found.hash = hash;
  else if (hash !== undefined) reader.report("hash", "model", hash, texts.hashDigits);
  const morph = readMorph(reader.given);
  if (morph) found.morph = morph;
  for (const name of morph?.refused ?? [])
    reader.refuse(name, name === "frames" || name === "at" ? "frames" : "corners");
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

/** Takes one value after the other from an address. What it cannot take it reports, and leaves unset. */
class Reader {
  readonly found: Address = { settings: {}, problems: [] };
  readonly given: URLSearchParams;

  constructor(query: string) {
    this.given = new URLSearchParams(query);
  }

  whole(name: "seed" | "steps" | "images", from: number, to: number): void {
    const value = this.given.get(name);
    if (value === null) return;
    if (/^\d+$/.test(value) && Number(value) >= from && Number(value) <= to) this.found.settings[name] = Number(value);
    else this.report(name, name, value, texts.wholeNumber(from, to));
  }

  number(name: "eta" | "sigmaClip" | "guidance", control: string, most: number): void {
    const value = this.given.get(name);
    if (value === null) return;
    if (value.trim() !== "" && Number(value) >= 0 && Number(value) <= most) this.found.settings[name] = Number(value);
    else this.report(name, control, value, texts.numberUpTo(most));
  }

  choice<K extends "sampler" | "variance" | "trajectory" | "clip" | "rng">(name: K, allowed: readonly Settings[K][]) {
    const value = this.oneOf(name, allowed);
    if (value !== undefined) this.found.settings[name] = value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.given.get(name);
    if (value === null) return undefined;
    const match = allowed.find((candidate) => candidate === value);
    if (match === undefined) {
      this.found.problems.push({ control: name, sentence: texts.addressUnknown(name, value, allowed.join(", ")) });
    }
    return match;
  }

  refuse(name: string, control: string): void {
    this.found.problems.push({ control, sentence: texts.addressRefused(name, this.given.get(name) ?? "") });
  }

  report(name: string, control: string, value: string, allowed: string): void {
    this.found.problems.push({ control, sentence: texts.addressRange(name, value, allowed) });
  }
}
