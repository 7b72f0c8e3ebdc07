/** What GIF and video are made of: pictures in time. */

import type { Parameters } from "../share-link.ts";
import { imageOf, rasterOf } from "./raster.ts";
import type { Saved } from "./saved.ts";

/** Pictures of one size, shown one after the other. They are asked for one at a time, so that few are in memory. */
export interface Animation {
  frames: Iterable<ImageData>;
  count: number;
  /** Pictures a second. */
  fps: number;
  /** Seconds that the last picture stands longer than the others. */
  hold: number;
  /** Written into the file where it has a place for it. */
  metadata: Parameters;
}

/** A run of more steps than this leaves some of them out: nobody waits longer than this to see it. */
export const MOST_FRAMES = 150;

/** Positions in a history of so many frames that are shown: all, or evenly some, the first and the last among them. */
export function shownPositions(length: number): number[] {
  const count = Math.min(length, MOST_FRAMES);
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (length - 1)) / (count - 1))));
}

/** From noise to the newest step, or once through the morph; `image` is one of several, undefined means all. */
export function animationOf(saved: Saved, image: number | undefined, scale: number, fps: number): Animation {
  const { count, hold, parameters } = saved;
  function* frames() {
    for (let position = 0; position < count; position++) yield imageOf(rasterOf(saved.at(position, image), scale));
  }
  return { frames: frames(), count, fps, hold, metadata: parameters };
}
