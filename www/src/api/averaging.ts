/** Scales a picture by area averages. A file of its own, which the library fetches when a picture is to be fitted. */

import type { ModelInfo } from "../checkpoint.ts";

/** How much red, green and blue add to grey: ITU-R BT.709, whose primaries are those of sRGB. (BT.601's are those of old televisions.) */
const LUMA = [0.2126, 0.7152, 0.0722] as const;

/** A rectangle in pixels, which need not be whole. */
export interface PictureArea {
  left: number;
  top: number;
  width: number;
  height: number;
}

type Fit = "crop" | "pad" | "squeeze";

/** Sides in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** A picture that is read some rows at a time. */
export interface Source extends Size {
  /** How many rows are read at once. */
  band: number;
  /** RGBA bytes. */
  rows(top: number, count: number): ArrayLike<number>;
  close(): void;
}

/** So many pixels are read from a canvas at once: a large photograph is not in memory twice. */
const MOST_READ = 1 << 20;

/** Opens what `createImageBitmap` takes, or the fields of ImageData. Rejects with what cannot be read. */
export async function open(picture: ImageBitmapSource): Promise<Source> {
  if (isData(picture)) {
    const { width, height, data } = picture;
    return {
      width,
      height,
      band: height,
      rows: (top, n) => data.subarray(4 * width * top, 4 * width * (top + n)),
      close() {},
    };
  }
  return onCanvas(await createImageBitmap(picture));
}

/** Whether it has the fields of ImageData. */
function isData(picture: object | undefined): picture is Size & { data: Uint8ClampedArray } {
  const { data, width, height } = (picture ?? {}) as Partial<ImageData>;
  const bytes = data instanceof Uint8ClampedArray || (data as unknown) instanceof Uint8Array;
  return bytes && data?.length === 4 * (width ?? 0) * (height ?? 0) && data.length > 0;
}

function onCanvas(bitmap: ImageBitmap): Source {
  const { width, height } = bitmap;
  const band = Math.max(1, Math.min(height, Math.floor(MOST_READ / width)));
  const canvas = new OffscreenCanvas(width, band);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser cannot draw on a canvas");
  const rows = (top: number, count: number) => {
    context.clearRect(0, 0, width, band);
    context.drawImage(bitmap, 0, -top);
    return context.getImageData(0, 0, width, count).data;
  };
  return { width, height, band, rows, close: () => bitmap.close() };
}

/** A picture as a model's floats, and which of its parts became which. */
export function averaged(
  source: Source,
  [channels, height, width]: ModelInfo["shape"],
  fit: Fit,
  light: "linear" | "srgb",
): { x: Float32Array; taken: PictureArea; placed: PictureArea } {
  const { taken, placed } = areas(source, { width, height }, fit);
  const linear = light === "linear";
  const means = average(source, taken, placed, { width, height }, linear ? LINEAR : SRGB);
  return { x: valuesOf(means, channels, linear ? encoded : (value) => value), taken, placed };
}

/** Which part of a picture is taken, and where it stands in one of another size. */
function areas(
  given: Size,
  wanted: Size,
  fit: "crop" | "pad" | "squeeze",
): { taken: PictureArea; placed: PictureArea } {
  const whole = (size: Size) => ({ left: 0, top: 0, width: size.width, height: size.height });
  if (fit === "crop") return { taken: middle(given, wanted), placed: whole(wanted) };
  return { taken: whole(given), placed: fit === "pad" ? middle(wanted, given) : whole(wanted) };
}

/** The largest part in the middle of `outer` that has the ratio of `inner`. */
function middle(outer: Size, inner: Size): PictureArea {
  const scale = Math.min(outer.width / inner.width, outer.height / inner.height);
  const [width, height] = [inner.width * scale, inner.height * scale];
  return { left: (outer.width - width) / 2, top: (outer.height - height) / 2, width, height };
}

/** Part of a pixel's light that goes to a pixel of the smaller picture. */
interface Share {
  at: number;
  share: number;
}

/** Along one side: where each pixel of `from` goes. The shares that come to a pixel add up to 1, where it is covered. */
function sharesOf(from: number, taken: [number, number], to: number, placed: [number, number]): Share[][] {
  const shares = Array.from({ length: from }, (): Share[] => []);
  const scale = taken[1] / placed[1];
  const within = (at: number) => taken[0] + (at - placed[0]) * scale;
  for (let at = 0; at < to; at++) {
    const start = within(Math.max(at, placed[0]));
    const end = within(Math.min(at + 1, placed[0] + placed[1]));
    for (let pixel = Math.floor(start); pixel < Math.min(end, from); pixel++) {
      const share = (Math.min(pixel + 1, end) - Math.max(pixel, start)) / scale;
      if (share > 0) shares[pixel]?.push({ at, share });
    }
  }
  return shares;
}

/** The mean of red, green and blue over the area of each pixel, three numbers from 0 to 1 for each. */
function average(source: Source, taken: PictureArea, placed: PictureArea, to: Size, light: Float64Array) {
  const across = sharesOf(source.width, [taken.left, taken.width], to.width, [placed.left, placed.width]);
  const down = sharesOf(source.height, [taken.top, taken.height], to.height, [placed.top, placed.height]);
  const means = new Float64Array(3 * to.width * to.height);
  for (let top = 0; top < source.height; top += source.band) {
    const count = Math.min(source.band, source.height - top);
    const bytes = source.rows(top, count);
    for (let row = 0; row < count; row++) {
      const shares = down[top + row] ?? [];
      if (shares.length === 0) continue;
      const line = averageRow(bytes, 4 * source.width * row, across, to.width, light);
      for (const { at, share } of shares) {
        for (let i = 0; i < line.length; i++)
          means[at * line.length + i] = (means[at * line.length + i] ?? 0) + share * (line[i] ?? 0);
      }
    }
  }
  return means;
}

function averageRow(bytes: ArrayLike<number>, start: number, across: Share[][], width: number, light: Float64Array) {
  const line = new Float64Array(3 * width);
  for (const [x, shares] of across.entries()) {
    const alpha = (bytes[start + 4 * x + 3] ?? 0) / 255;
    for (const { at, share } of shares) {
      for (let c = 0; c < 3; c++) {
        const value = light[bytes[start + 4 * x + c] ?? 0] ?? 0;
        line[3 * at + c] = (line[3 * at + c] ?? 0) + share * alpha * value;
      }
    }
  }
  return line;
}

/** Means as a model's floats, channel by channel. */
function valuesOf(means: Float64Array, channels: number, encode: (light: number) => number): Float32Array {
  const area = means.length / 3;
  const x = new Float32Array(channels * area);
  for (let i = 0; i < area; i++) {
    const colour = [means[3 * i] ?? 0, means[3 * i + 1] ?? 0, means[3 * i + 2] ?? 0] as const;
    const grey = LUMA[0] * colour[0] + LUMA[1] * colour[1] + LUMA[2] * colour[2];
    // Rounding must not leave [-1, 1].
    for (let c = 0; c < channels; c++) {
      x[c * area + i] = Math.min(1, 2 * encode(channels === 1 ? grey : (colour[c] ?? 0)) - 1);
    }
  }
  return x;
}

/** sRGB's curve, IEC 61966-2-1: from light to the value of a file, both from 0 to 1. */
function encoded(light: number): number {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** What each byte stands for. */
const SRGB = Float64Array.from({ length: 256 }, (_, byte) => byte / 255);

/** The light of each byte: the same curve the other way. */
const LINEAR = SRGB.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
