/** Pictures laid out in a grid and enlarged by whole numbers, ready to be written to a file. */

import type { Pictures } from "../../ui/pixels.ts";
import { t } from "../texts.ts";
import type { Raster } from "./png.ts";

/** Pixels of the model between two pictures of a grid. */
const GAP = 1;

/** Width and height in pixels. */
export interface Extent {
  width: number;
  height: number;
}

/** "1,136 × 752 pixels". */
export function pixelsSaid({ width, height }: Extent): string {
  return t("savePixels", { width, height });
}

/** Columns of a grid of so many pictures: as square as can be, wider rather than higher. */
export function columnsOf(count: number): number {
  return Math.ceil(Math.sqrt(count));
}

/** What a grid of so many pictures takes up, at a scale. */
export function gridExtent(
  { count, shape }: Pick<Pictures, "count" | "shape">,
  scale: number,
  columns: number,
): Extent {
  const [, height, width] = shape;
  const rows = Math.ceil(count / columns);
  return {
    width: scale * (columns * (width + GAP) - GAP),
    height: scale * (rows * (height + GAP) - GAP),
  };
}

/** All pictures in a grid on black, each pixel a square of `scale` pixels. */
export function rasterOf(pictures: Pictures, scale: number, columns = columnsOf(pictures.count)): Raster {
  const { pixels, count, shape } = pictures;
  const [depth, height, width] = shape;
  const channels = depth === 3 ? 3 : 1;
  const extent = gridExtent(pictures, scale, columns);
  const raster: Raster = { ...extent, channels, pixels: new Uint8Array(extent.width * extent.height * channels) };
  for (let index = 0; index < count; index++) {
    const left = scale * (index % columns) * (width + GAP);
    const top = scale * Math.floor(index / columns) * (height + GAP);
    const picture = pixels.subarray(index * depth * height * width);
    for (let y = 0; y < height; y++) paintRow(raster, picture, shape, y, left, top + scale * y, scale);
  }
  return raster;
}

/** Writes one row of a picture, enlarged, and copies it downwards. */
function paintRow(
  { width: across, channels, pixels }: Raster,
  picture: Uint8Array,
  [, height, width]: Pictures["shape"],
  y: number,
  left: number,
  top: number,
  scale: number,
): void {
  const start = (top * across + left) * channels;
  for (let x = 0; x < width; x++) {
    for (let channel = 0; channel < channels; channel++) {
      const value = picture[(channel * height + y) * width + x] ?? 0;
      for (let i = 0; i < scale; i++) pixels[start + (x * scale + i) * channels + channel] = value;
    }
  }
  const row = pixels.subarray(start, start + width * scale * channels);
  for (let i = 1; i < scale; i++) pixels.set(row, start + i * across * channels);
}

/** The same picture as the browser draws it. */
export function imageOf({ width, height, channels, pixels }: Raster): ImageData {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let colour = 0; colour < 3; colour++) {
      image.data[4 * i + colour] = pixels[i * channels + (channels === 3 ? colour : 0)] ?? 0;
    }
    image.data[4 * i + 3] = 255;
  }
  return image;
}
