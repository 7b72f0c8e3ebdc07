/** Image files as the network wants to see them: its size, its channels, values in [-1, 1]. */

import type { Model } from "../../src/index.ts";
import type { PictureShape } from "../../ui/pixels.ts";
import { t } from "../texts.ts";

/** At most so many are read: they are measured in one batch. */
const MOST_PICTURES = 200;

/** How bright red, green and blue look (ITU-R BT.601): what grey is made of. */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * Reads files, each cut to the middle and scaled to the model's images; one that has their size already keeps every pixel.
 * Throws an error whose message is a sentence for the visitor.
 */
export async function readPictures(files: readonly File[], shape: PictureShape): Promise<Float32Array> {
  const [channels, height, width] = shape;
  if (channels !== 1 && channels !== 3) throw new Error(t("estimateChannels", { n: channels }));
  if (files.length > MOST_PICTURES) throw new Error(t("estimateTooMany", { n: files.length, most: MOST_PICTURES }));
  const images = new Float32Array(files.length * channels * height * width);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error(t("noCanvas"));
  context.imageSmoothingQuality = "high";
  for (const [index, file] of files.entries()) {
    const bitmap = await decode(file);
    // What is transparent is black.
    context.fillRect(0, 0, width, height);
    cover(context, bitmap, width, height);
    bitmap.close();
    const { data } = context.getImageData(0, 0, width, height);
    images.set(planes(data, channels), index * channels * height * width);
  }
  return images;
}

/** How many values an image of a model has. */
export function lengthOf({ info: { shape } }: Model): number {
  return shape[0] * shape[1] * shape[2];
}

/** Bytes of pictures, 0 to 255, in [-1, 1]. */
export function fromBytes(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 127.5 - 1);
}

async function decode(file: File): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file);
  } catch {
    throw new Error(t("estimateUnreadable", { file: file.name }));
  }
}

/** Draws the middle of a picture so that it covers the canvas. */
function cover(context: OffscreenCanvasRenderingContext2D, bitmap: ImageBitmap, width: number, height: number): void {
  const scale = Math.min(bitmap.width / width, bitmap.height / height);
  const [w, h] = [width * scale, height * scale];
  context.drawImage(bitmap, (bitmap.width - w) / 2, (bitmap.height - h) / 2, w, h, 0, 0, width, height);
}

/** RGBA bytes as planes of 1 or 3 channels. */
function planes(rgba: Uint8ClampedArray, channels: 1 | 3): Float32Array {
  const area = rgba.length / 4;
  const values = new Float32Array(channels * area);
  for (let i = 0; i < area; i++) {
    const colour = [rgba[4 * i] ?? 0, rgba[4 * i + 1] ?? 0, rgba[4 * i + 2] ?? 0] as const;
    if (channels === 1) values[i] = inRange(LUMA[0] * colour[0] + LUMA[1] * colour[1] + LUMA[2] * colour[2]);
    else for (const [channel, byte] of colour.entries()) values[channel * area + i] = inRange(byte);
  }
  return values;
}

/** Rounding must not leave [-1, 1]. */
function inRange(byte: number): number {
  return Math.min(1, byte / 127.5 - 1);
}
