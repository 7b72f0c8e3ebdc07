/** Writes what address.ts reads: all that makes a picture, by name. */

import { classFromAddress } from "./address.ts";
import { labelsOf } from "./classes.ts";
import { BUNDLED } from "./engine.ts";
import { isPlain } from "./literals.ts";
import type { Made } from "./made.ts";
import { type ClassChoice, hasEta, isAnalytic, type SeedSettings, type Settings } from "./settings.ts";
import { morphParameters } from "./share-morph.ts";

/** Digits of a model's hash that stand in a link. */
const HASH_DIGITS = 12;

/** Names and values, in the order in which they stand in a link. */
export type Parameters = Record<string, string | number>;

/** All that makes the pictures of a run: what its sampler does not have is left out, what has a default is not. */
export function parametersOf(made: Made): Parameters {
  const { settings, source, info, asked } = made;
  const { images, guidance, rng } = settings;
  const hash = info.hash?.slice(0, HASH_DIGITS);
  const labels = labelsOf(info);
  return {
    ...(typeof source === "string" && source !== BUNDLED && { model: source }),
    ...(hash !== undefined && { hash }),
    ...(labels.length > 0 && { class: classInAddress(settings.class, labels) }),
    ...(made.morph ? morphParameters(made.morph, info) : { images }),
    ...stepParameters(settings),
    guidance,
    ...seedParameters(settings),
    rng,
    ...(asked !== "auto" && { backend: asked }),
  };
}

/** The address that opens this page with these parameters. */
export function linkTo(parameters: Parameters, page = document.baseURI): string {
  const address = new URL(page);
  const written = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  address.search = new URLSearchParams(written).toString();
  address.hash = "frames" in parameters ? "#interpolate" : "";
  return address.href;
}

/** What decides the noise. */
function seedParameters({ seed, seeds, first }: SeedSettings): Parameters {
  if (seeds) return { seeds: seeds.join() };
  return { seed, ...(first && { first: first.join() }) };
}

/** What decides the steps. */
function stepParameters(settings: Settings): Parameters {
  const { sampler, variance, steps, eta, trajectory, clip, sigmaClip } = settings;
  return {
    sampler,
    ...(sampler === "ddpm" && { variance }),
    steps,
    ...(hasEta(sampler) && { eta }),
    trajectory,
    clip,
    ...(isAnalytic(sampler) && { sigmaClip }),
  };
}

/** A class by its name where that says which and survives an address, else by its number. */
export function classInAddress(choice: ClassChoice, labels: readonly { index: number; name: string }[]): string {
  if (typeof choice === "string") return choice;
  const name = labels.find(({ index }) => index === choice)?.name.toLowerCase() ?? "";
  return isPlain(name) && classFromAddress(name, labels) === choice ? name : String(choice);
}
