/** The names above and beside a table of pictures. */

import type { Raster } from "./png.ts";
import { type Extent, imageOf } from "./raster.ts";

/** What stands above each column and beside each row. */
export interface Heads {
  columns: readonly string[];
  rows: readonly string[];
}

/** The smallest letters, in pixels, and how many of them are as wide as a column. */
const LEAST_SIZE = 9;
const LETTERS = 8;

/** Letters' size, and what the names take up left of the pictures and above them. */
interface Margins {
  size: number;
  left: number;
  top: number;
}

/** What the pictures take up with their names. */
export function headedExtent(extent: Extent, heads: Heads): Extent {
  const { left, top } = marginsOf(extent, heads);
  return { width: extent.width + left, height: extent.height + top };
}

/** The pictures with their names, white on black. */
export function headed(raster: Raster, heads: Heads): Raster {
  const { size, left, top } = marginsOf(raster, heads);
  const { width, height } = headedExtent(raster, heads);
  const context = contextOf(width, height, size);
  context.fillRect(0, 0, width, height);
  context.putImageData(imageOf(raster), left, top);
  context.fillStyle = "white";
  context.textBaseline = "middle";
  for (const [row, name] of heads.rows.entries()) {
    context.fillText(name, size / 2, top + ((row + 0.5) * raster.height) / heads.rows.length);
  }
  context.textAlign = "center";
  for (const [column, name] of heads.columns.entries()) {
    context.fillText(name, left + ((column + 0.5) * raster.width) / heads.columns.length, top / 2);
  }
  const { data } = context.getImageData(0, 0, width, height);
  const { channels } = raster;
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < pixels.length; i++) pixels[i] = data[4 * Math.floor(i / channels) + (i % channels)] ?? 0;
  return { width, height, channels, pixels };
}

function marginsOf({ width }: Extent, { rows, columns }: Heads): Margins {
  const size = Math.max(LEAST_SIZE, Math.round(width / columns.length / LETTERS));
  const context = contextOf(1, 1, size);
  const widest = Math.max(...rows.map((name) => context.measureText(name).width));
  return { size, left: Math.ceil(widest + size), top: 2 * size };
}

function contextOf(width: number, height: number, size: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("the browser gives no canvas");
  context.font = `${size}px sans-serif`;
  return context;
}
