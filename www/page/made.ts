/** What pictures were made with: all that it takes to make them again. */

import type { Diffuser, Model, Plan } from "../src/index.ts";
import type { Running, Source } from "./engine.ts";
import type { InterpolationSettings } from "./interpolation.ts";
import { aloneOf, type BackendChoice, type Settings } from "./settings.ts";

/** One run, as it was asked for and as it was planned. */
export interface Made {
  settings: Settings;
  source: Source;
  info: Model["info"];
  plan: Plan;
  backend: Diffuser["backend"];
  /** Interpolate's own settings, where the pictures are its; `settings` then has A's seed and class. */
  morph?: InterpolationSettings;
  /** The back end that was asked for, as against the one that was taken. */
  asked: BackendChoice;
}

/** A run of these settings on what runs now. */
export function madeWith({ model, source, diffuser, backend }: Running, settings: Settings, plan: Plan): Made {
  return { settings, source, info: model.info, plan, backend: diffuser.backend, asked: backend };
}

/** What makes one image of a run alone; all of it where no image is named, or where it is an interpolation. */
export function madeAlone(made: Made, image: number | undefined): Made {
  if (image === undefined || made.morph || made.settings.images === 1) return made;
  return { ...made, settings: aloneOf(made.settings, image, made.info) };
}
