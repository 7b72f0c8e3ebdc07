/** Pictures in bytes: from the network's floats, and to what a canvas draws. */
import type { Step } from "../src/index.ts";
import { context2d } from "./dom.ts";

/** Shape of a picture: channels, height, width. */
export type PictureShape = readonly [channels: number, height: number, width: number];

/** Pictures of one size: bytes in NCHW order, and their shape. Three channels are red, green and blue; else the first is grey. */
export interface Pictures {
  pixels: Uint8Array;
  count: number;
  shape: PictureShape;
}

/** One picture of many. */
export function onePicture({ pixels, shape }: Pictures, index: number): Pictures {
  const size = shape[0] * shape[1] * shape[2];
  return { pixels: pixels.subarray(index * size, (index + 1) * size), count: 1, shape };
}

/** The pictures of a step. */
export function pixelsOf(step: Step, which: "x0" | "xt"): Uint8Array {
  const { buffer, byteOffset, length } = step.pixels(which);
  return new Uint8Array(buffer, byteOffset, length);
}

/** Floats of other origin than a step's, in [-1, 1], as bytes: round(255 * clamp(x / 2 + 1/2, 0, 1)), halves to even, as `Step.pixels` are. */
export function quantise(x: Float32Array): Uint8Array {
  const bytes = new Uint8ClampedArray(x.length);
  for (let i = 0; i < x.length; i++) bytes[i] = ((x[i] ?? 0) / 2 + 0.5) * 255;
  return new Uint8Array(bytes.buffer);
}

/** Bytes of pictures, 0 to 255, in [-1, 1]. */
export function fromBytes(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 127.5 - 1);
}

/** The pictures in one, row by row without gaps. */
export function sheetOf({ pixels, count, shape }: Pictures, columns: number): ImageData {
  const [channels, height, width] = shape;
  const sheet = new ImageData(width * columns, height * Math.ceil(count / columns));
  const area = width * height;
  for (let i = 0; i < count * area; i++) {
    const picture = Math.floor(i / area);
    const row = Math.floor(picture / columns) * height + Math.floor((i % area) / width);
    const to = 4 * (row * sheet.width + (picture % columns) * width + (i % width));
    for (let colour = 0; colour < 3; colour++) {
      const plane = picture * channels + (channels === 3 ? colour : 0);
      sheet.data[to + colour] = pixels[plane * area + (i % area)] ?? 0;
    }
    sheet.data[to + 3] = 255;
  }
  return sheet;
}

/** The same in a square, or below each other where they fill none. */
export function squareSheet(pictures: Pictures): ImageData {
  const side = Math.sqrt(pictures.count);
  return sheetOf(pictures, Number.isInteger(side) ? side : 1);
}

/** Draws a picture on a canvas, which takes its size. */
export function draw(canvas: HTMLCanvasElement, picture: ImageData): void {
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  context2d(canvas).putImageData(picture, 0, 0);
}

/** The pictures in one, on a canvas of their own, to be drawn at any size. */
export function canvasOf(pictures: Pictures): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  draw(canvas, squareSheet(pictures));
  return canvas;
}

/** Normal noise of no seed, to be shown before anything is computed. */
export function idleNoise(length: number): Uint8Array {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return quantise(Float32Array.from({ length }, normal));
}
