/**
 * PNG files: pixels as they are, with a text beside them, and the text read back. PNG (Portable Network Graphics)
 * Specification, third edition, sections 5 and 11.
 */

import { bytes as bytesSaid, t } from "../texts.ts";

/** A picture in bytes, row by row, the channels of a pixel beside each other: 1 is grey, 3 are red, green and blue. */
export interface Raster {
  width: number;
  height: number;
  channels: 1 | 3;
  pixels: Uint8Array;
}

/** The longest text that is read, in bytes. */
const LONGEST_TEXT = 65_536;

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Colour types of the header. */
const COLOUR = { 1: 0, 3: 2 } as const;

/** A file that is not what it should be; the message is a sentence for its owner. */
export class PngError extends Error {}

/** Writes a picture as a PNG of 8 bits per channel; where there is a keyword of Latin letters, with a text under it. */
export async function encodePng(raster: Raster, keyword = "", text = ""): Promise<Uint8Array<ArrayBuffer>> {
  const chunks = [
    chunk("IHDR", header(raster)),
    ...(keyword === "" ? [] : [chunk("iTXt", textData(keyword, text))]),
    chunk("IDAT", await deflate(filtered(raster))),
    chunk("IEND", new Uint8Array(0)),
  ];
  return joined([SIGNATURE, ...chunks]);
}

/**
 * The text under a keyword, from an iTXt or a tEXt chunk; undefined where there is none.
 *
 * Throws `PngError` for bytes that are no PNG, for a file that ends too soon, and for a text that is too long or whose checksum is wrong.
 */
export function readPngText(bytes: Uint8Array, keyword: string): string | undefined {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) throw new PngError(t("pngNot"));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = SIGNATURE.length;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) break;
    const type = latin(bytes.subarray(at + 4, at + 8));
    const found = textOf(type, bytes.subarray(at + 8, end - 4), keyword);
    if (found !== undefined) {
      if (crc32(bytes.subarray(at + 4, end - 4)) === view.getUint32(end - 4)) return found;
      throw new PngError(t("pngDamaged"));
    }
    if (type === "IEND") return undefined;
    at = end;
  }
  throw new PngError(t("pngShort"));
}

/** CRC-32 as in section 5.5, of the polynomial 0xedb88320. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_OF[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const CRC_OF = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function header({ width, height, channels }: Raster): Uint8Array {
  const bytes = new Uint8Array(13);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  bytes.set([8, COLOUR[channels], 0, 0, 0], 8);
  return bytes;
}

/** Keyword, not compressed, no language, no translated keyword, the text in UTF-8. */
function textData(keyword: string, text: string): Uint8Array {
  const encoder = new TextEncoder();
  return joined([encoder.encode(keyword), new Uint8Array(5), encoder.encode(text)]);
}

/** The text of one chunk, if it is a text under this keyword that is not compressed. */
function textOf(type: string, data: Uint8Array, keyword: string): string | undefined {
  const start = `${keyword}\0`;
  if ((type !== "iTXt" && type !== "tEXt") || latin(data.subarray(0, start.length)) !== start) return undefined;
  if (data.length > LONGEST_TEXT)
    throw new PngError(t("pngTextTooLong", { size: bytesSaid(data.length), most: bytesSaid(LONGEST_TEXT) }));
  if (type === "tEXt") return latin(data.subarray(start.length));
  if (data[start.length] !== 0) return undefined;
  const language = data.indexOf(0, start.length + 2);
  const translated = data.indexOf(0, language + 1);
  if (language < 0 || translated < 0) return undefined;
  return new TextDecoder().decode(data.subarray(translated + 1));
}

/** Each row after a 0: taken as it is. Enlarged squares compress well without a filter. */
function filtered({ width, height, channels, pixels }: Raster): Uint8Array<ArrayBuffer> {
  const row = width * channels;
  const bytes = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) bytes.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  return bytes;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
