/** What pictures were made with: all that it takes to make them again. */

import type { Diffuser, Model, Plan } from "../../src/index.ts";
import type { Value } from "../../ui/options.ts";
import type { OfSampler } from "../compare/places.ts";
import type { InterpolationSettings } from "../interpolate/settings.ts";
import type { Running, Source } from "../model/engine.ts";
import { aloneOf, type Settings } from "../settings.ts";
import type { EditAsked } from "./edit.ts";
import { plainName } from "./literals.ts";
import type { TrainAsked } from "./train.ts";

/** One run, as it was asked for and as it was planned. */
export interface Made {
  settings: Settings;
  source: Source;
  info: Model["info"];
  plan: Plan;
  backend: Diffuser["backend"];
  /** Interpolate's own settings, where the pictures are its; `settings` then has A's seed and class. */
  morph?: InterpolationSettings;
  /** Edit's, where the pictures are its. */
  edit?: EditAsked;
  /** Train's, where the view is shown. */
  train?: TrainAsked;
  /**
   * Of Compare's whole table: what is set for each kind of sampler. `settings` are the panel's, of which each picture has another sampler
   * and count of steps.
   */
  table?: readonly OfSampler[];
  /** The back end that was asked for, as against the one that was taken. */
  asked: Value<"backend">;
}

/** A run of these settings on what runs now. */
export function madeWith({ model, source, diffuser, backend }: Running, settings: Settings, plan: Plan): Made {
  return { settings, source, info: model.info, plan, backend: diffuser.backend, asked: backend };
}

/** What makes one image of a run alone; all of it where no image is named, or where it is an interpolation. */
export function madeAlone(made: Made, image: number | undefined): Made {
  if (image === undefined || made.morph || made.table || made.settings.images === 1) return made;
  return { ...made, settings: aloneOf(made.settings, image, made.info) };
}

/** So many seeds stand in a name. */
const MOST_SEEDS = 4;

/** "unnoise-ddim-50-seed42.png", of one image of a batch "-seed42-image6": what made the picture, in letters that every file system takes. */
export function fileName(
  { sampler, steps, seed, seeds = [seed], first }: Pick<Settings, "sampler" | "steps" | "seed" | "seeds" | "first">,
  ending: string,
  { run = `${sampler}-${steps}`, more = "" } = {},
): string {
  const part = first ? `-image${first[0] + 1}` : "";
  const name = `unnoise-${run}-seed${seeds.slice(0, MOST_SEEDS).join("-")}${part}${more}`;
  return `${plainName(name, "unnoise")}.${ending}`;
}

/** The same for a file that is saved: with the view that it is of, and with the class where it is one; `place` tells it from others of the run. */
export function savedName({ settings, morph, edit, table }: Made, ending: string, place = ""): string {
  const { sampler, steps, class: choice } = settings;
  const view = morph ? `${morph.mode}-` : edit ? "edit-" : "";
  const run = table ? "compare" : `${view}${sampler}-${steps}`;
  return fileName(settings, ending, { run, more: `${typeof choice === "number" ? `-class${choice}` : ""}${place}` });
}
