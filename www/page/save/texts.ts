/** What Save says. Loaded with it. */

import { named } from "../model/texts.ts";
import { bytes } from "../texts.ts";

/** "1,136 × 752 pixels". */
function pixels(width: number, height: number): string {
  return `${width.toLocaleString("en")} × ${height.toLocaleString("en")} pixels`;
}

/** Every sentence, by name. */
export const save = {
  nothing: "There is nothing to save yet: generate a picture first.",
  of: (made: string, step: string) => `${made}, ${step}.`,
  denoising: "from noise to picture",
  morph: "there and back, without a seam",
  frames: (count: number) => `${count} frames`,
  allImages: (count: number) => `all ${count} in a grid`,
  image: (number: number) => `image ${number}`,
  size: pixels,
  seconds: (frames: number, seconds: number) => `${frames} pictures, ${seconds.toFixed(1)} s`,
  tooLarge: (width: number, height: number, most: number) =>
    `${pixels(width, height)} are more than can be saved (${(most / 1e6).toFixed(0)} million): choose a smaller scale.`,
  saved: (name: string) => `Saved ${name}.`,
  working: (name: string, done: number) => `${name}: ${Math.round(100 * done)} %`,
  gif: "GIF",
  video: "Video",
  noFrames: "There are no pictures to make a video of.",
  noVideo: "This browser has no video encoder (WebCodecs). A GIF can be saved.",
  noCodec: (width: number, height: number) =>
    `This browser encodes no video of ${pixels(width, height)}. Choose another scale, or save a GIF.`,
  notRead: (name: string, why: string) => `${named(name)} cannot be read: ${why}.`,
  noSettings: (name: string) => `${named(name)} holds no settings of this page.`,
  textTooLong: (size: number, most: number) => `the text in it has ${bytes(size)}, and at most ${bytes(most)} are read`,
} as const;
