/** The pixels of a written word. */

import { drawEach, standardised } from "./points.ts";

/** How much of each pixel is ink, from 0 to 1, row by row. */
export interface Ink {
  width: number;
  height: number;
  ink: ArrayLike<number>;
}

/** Less ink than this is none: the soft edge of a letter. */
const LEAST = 0.5;

/** Height of the letters, in pixels: as fine as points can show. */
const HEIGHT = 64;

/** So many points within the pixels that have ink; none where there are no such pixels. */
export function word({ width, height, ink }: Ink, count: number, seed: number): Float32Array {
  const inked = Array.from({ length: width * height }, (_, i) => i).filter((i) => (ink[i] ?? 0) >= LEAST);
  if (inked.length === 0) return new Float32Array(0);
  return standardised(
    drawEach(count, seed, (dice) => {
      const pixel = inked[dice.below(inked.length)] ?? 0;
      return [(pixel % width) + dice.uniform(), -(Math.floor(pixel / width) + dice.uniform())];
    }),
  );
}

/** A text in ink. */
export function written(text: string): Ink {
  const font = `700 ${HEIGHT}px system-ui, sans-serif`;
  const measure = new OffscreenCanvas(1, 1).getContext("2d");
  if (!measure) throw new Error("this browser cannot draw on a canvas");
  measure.font = font;
  const width = Math.max(1, Math.ceil(measure.measureText(text).width));
  const height = 2 * HEIGHT;
  const context = new OffscreenCanvas(width, height).getContext("2d") ?? measure;
  context.font = font;
  context.textBaseline = "middle";
  context.fillText(text, 0, HEIGHT);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, ink: Float32Array.from({ length: width * height }, (_, i) => (data[4 * i + 3] ?? 0) / 255) };
}
