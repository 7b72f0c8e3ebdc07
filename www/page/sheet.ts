/** Pictures on a sheet of their own size: one, or several side by side in a square. */

import { context2d } from "./dom.ts";

/** Shape of a picture: channels, height, width. */
type PictureShape = readonly [channels: number, height: number, width: number];

/** Bytes in NCHW order as one picture; a square number of images lies in a square, any other one below another. */
export function sheetOf(pixels: Uint8Array, count: number, [channels, height, width]: PictureShape): ImageData {
  const side = Math.sqrt(count);
  const columns = Number.isInteger(side) ? side : 1;
  const sheet = new ImageData(width * columns, height * (count / columns));
  const area = width * height;
  for (let picture = 0; picture < count; picture++) {
    const corner = Math.floor(picture / columns) * height * sheet.width + (picture % columns) * width;
    for (let i = 0; i < area; i++) {
      const from = picture * channels * area + i;
      const to = 4 * (corner + Math.floor(i / width) * sheet.width + (i % width));
      for (let colour = 0; colour < 3; colour++) {
        sheet.data[to + colour] = pixels[from + (channels === 3 ? colour * area : 0)] ?? 0;
      }
      sheet.data[to + 3] = 255;
    }
  }
  return sheet;
}

/** Such a sheet on a canvas, to be drawn at any size. */
export function canvasOf(sheet: ImageData): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = sheet.width;
  canvas.height = sheet.height;
  context2d(canvas).putImageData(sheet, 0, 0);
  return canvas;
}
