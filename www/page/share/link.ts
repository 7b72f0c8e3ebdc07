/** Writes what address.ts reads: all that makes a picture, by name. */

import { classesOf, type Label } from "../../ui/labels.ts";
import { has } from "../../ui/options.ts";
import type { OfSampler } from "../compare/places.ts";
import { partsOf } from "../model/engine.ts";
import { type ClassChoice, planValues, type SeedSettings } from "../settings.ts";
import { classFromAddress } from "./address.ts";
import { fitted } from "./edit.ts";
import { isPlain } from "./literals.ts";
import type { Made } from "./made.ts";
import { morphParameters } from "./morph.ts";

/** Digits of a model's hash that stand in a link. */
const HASH_DIGITS = 12;

/** Names and values, in the order in which they stand in a link. */
export type Parameters = Record<string, string | number>;

/** All that makes the pictures of a run: what its sampler does not have is left out, what has a default is not. */
export function parametersOf(made: Made): Parameters {
  const { settings, source, info, asked } = made;
  const { images, guidance, rng } = settings;
  const [model, size] = partsOf(source);
  const hash = info.hash.slice(0, HASH_DIGITS);
  const labels = classesOf(info);
  return {
    ...(typeof model === "string" && { model }),
    ...(size && { size: size.join() }),
    hash,
    ...(labels.length > 0 && { class: classInAddress(settings.class, labels) }),
    ...(made.morph
      ? morphParameters(made.morph, info)
      : made.table
        ? { table: tableInAddress(made.table) }
        : { images }),
    ...Object.fromEntries(planValues(settings)),
    guidance,
    ...seedParameters(settings),
    rng,
    ...made.edit,
    ...made.train,
    ...(asked !== "auto" && { backend: asked }),
  };
}

/** The address that opens this page with these parameters; pictures that are too long for one are left out. */
export function linkTo(parameters: Parameters, page = document.baseURI): string {
  const address = new URL(page);
  const written = Object.entries(fitted(parameters, "link")).map(([name, value]) => [name, String(value)]);
  address.search = new URLSearchParams(written).toString();
  const views = { frames: "#interpolate", edit: "#edit", train: "#train", table: "#compare" };
  address.hash = Object.entries(views).find(([name]) => name in parameters)?.[1] ?? "";
  return address.href;
}

/** What decides the noise. */
function seedParameters({ seed, seeds, first }: SeedSettings): Parameters {
  if (seeds) return { seeds: seeds.join() };
  return { seed, ...(first && { first: first.join() }) };
}

/** What is set for each kind of sampler: "ddpm_leading_x0_3 vdm_own_none". */
function tableInAddress(table: readonly OfSampler[]): string {
  const one = ({ sampler, trajectory, clip, sigmaClip }: OfSampler) =>
    [sampler, trajectory, clip, ...(has(sampler, "sigmaClip") ? [sigmaClip] : [])].join("_");
  return table.map(one).join(" ");
}

/** A class by its name where that says which and survives an address, else by its number. */
export function classInAddress(choice: ClassChoice, labels: readonly Label[]): string {
  if (typeof choice === "string") return choice;
  const name = labels.find(({ index }) => index === choice)?.name.toLowerCase() ?? "";
  return isPlain(name) && classFromAddress(name, labels) === choice ? name : String(choice);
}
