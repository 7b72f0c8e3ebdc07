/** Animated GIF: at most 256 colours a picture, so that greys are kept exactly. */

import { applyPalette, GIFEncoder, quantize } from "gifenc";
import type { Animation } from "./saved.ts";

/** Shades of grey, all of them. */
const GREYS = Array.from({ length: 256 }, (_, shade): [number, number, number] => [shade, shade, shade]);

/** Most bytes of one block of a comment. */
const BLOCK = 255;

/** Encodes an animation that is played again and again. `onProgress` hears how much of it is done, 0 to 1. */
export async function encodeGif(animation: Animation, onProgress: (done: number) => void): Promise<Blob> {
  const { frames, count, fps, hold, metadata } = animation;
  const gif = GIFEncoder();
  let done = 0;
  for (const { data, width, height } of frames) {
    done += 1;
    const delay = 1000 * (1 / fps + (done === count ? hold : 0));
    const { index, palette } = isGrey(data) ? { index: shades(data), palette: GREYS } : colours(data);
    gif.writeFrame(index, width, height, { palette, delay });
    onProgress(done / count);
    await breath();
  }
  writeComment(gif.stream, JSON.stringify(metadata));
  gif.finish();
  return new Blob([gif.bytes()], { type: "image/gif" });
}

function isGrey(data: Uint8ClampedArray): boolean {
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  }
  return true;
}

function shades(data: Uint8ClampedArray): Uint8Array {
  return Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i] ?? 0);
}

function colours(data: Uint8ClampedArray) {
  const palette = quantize(data, 256);
  return { index: applyPalette(data, palette), palette };
}

/** GIF89a, section 24: a comment, in blocks of at most 255 bytes. */
function writeComment(
  stream: { writeByte(byte: number): void; writeBytes(bytes: Uint8Array): void },
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  stream.writeByte(0x21);
  stream.writeByte(0xfe);
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    stream.writeByte(block.length);
    stream.writeBytes(block);
  }
  stream.writeByte(0);
}

/** Lets the page draw and answer between two pictures. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
