/** What there is to be saved: the run on the stage, as far as it has come. */

import type { Frame, Which } from "../frame.ts";
import type { History } from "../history.ts";
import type { Made } from "../made.ts";
import { type Parameters, parametersOf } from "../share-link.ts";
import type { Pictures } from "../stage.ts";

/** The run on the stage, as the page has it. */
export interface OnStage {
  made: Made;
  history: History;
  /** The frame that is looked at. */
  frame: Frame;
  which: Which;
  /** Steps of the whole run. */
  total: number;
  /** Milliseconds of every step that was computed. */
  times: readonly number[];
}

/** The same, with what every file needs of it. */
export interface Saved extends OnStage {
  parameters: Parameters;
  /** Pixels of a frame as pictures. */
  picturesOf(pixels: Uint8Array): Pictures;
}

/** Makes ready to save what is on the stage. */
export function savedFrom(stage: OnStage): Saved {
  const { settings, info } = stage.made;
  return {
    ...stage,
    parameters: parametersOf(stage.made),
    picturesOf: (pixels) => ({ pixels, count: settings.images, shape: info.shape }),
  };
}
