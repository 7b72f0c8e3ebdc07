/** Image files as the network wants to see them: its size, its channels, values in [-1, 1]. */

import type { Model } from "../../src/index.ts";
import type { PictureShape } from "../../ui/pixels.ts";
import { fitFile } from "../pictures.ts";
import { t } from "../texts.ts";

/** At most so many are read: they are measured in one batch. */
const MOST_PICTURES = 200;

/**
 * Reads files, each cut to the middle and scaled to the model's images; one that has their size already keeps every pixel.
 * Throws an error whose message is a sentence for the visitor.
 */
export async function readPictures(files: readonly File[], shape: PictureShape): Promise<Float32Array> {
  const [channels, height, width] = shape;
  if (channels !== 1 && channels !== 3) throw new Error(t("estimateChannels", { n: channels }));
  if (files.length > MOST_PICTURES) throw new Error(t("estimateTooMany", { n: files.length, most: MOST_PICTURES }));
  const length = channels * height * width;
  const images = new Float32Array(files.length * length);
  for (const [index, file] of files.entries()) {
    const { x } = await fitFile(file, shape);
    images.set(x, index * length);
  }
  return images;
}

/** How many values an image of a model has. */
export function lengthOf({ info: { shape } }: Model): number {
  return shape[0] * shape[1] * shape[2];
}
