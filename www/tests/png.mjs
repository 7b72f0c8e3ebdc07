// Reads the PNGs that tests compare: 8 bits a channel, not interlaced, any filter. Beside the page's own writer, so that its
// mistakes are not made twice.
import { crc32, inflateSync } from "node:zlib";

const CHANNELS = { 0: 1, 2: 3, 6: 4 };

/** Width, height, channels and pixels; every chunk by its type, each with its checksum checked. */
export function decodePng(file) {
  const chunks = chunksOf(file);
  const header = chunks.find(({ type }) => type === "IHDR").data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = CHANNELS[header[9]];
  if (header[8] !== 8 || header[12] !== 0) throw new Error("only 8 bits a channel, not interlaced");
  const packed = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const pixels = unfilter(inflateSync(Buffer.concat(packed)), width * channels, height, channels);
  return { width, height, channels, pixels, chunks };
}

/** The text of an iTXt chunk under this keyword. */
export function textOf({ chunks }, keyword) {
  const chunk = chunks.find(({ type, data }) => type === "iTXt" && data.toString("latin1").startsWith(`${keyword}\0`));
  return chunk?.data.subarray(keyword.length + 5).toString("utf8");
}

function chunksOf(file) {
  const chunks = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    const type = body.toString("latin1", 0, 4);
    if (crc32 && crc32(body) !== file.readUInt32BE(at + 8 + length)) throw new Error(`${type}: wrong checksum`);
    chunks.push({ type, data: body.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}

function unfilter(bytes, row, height, channels) {
  const pixels = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const filter = bytes[y * (row + 1)];
    for (let i = 0; i < row; i++) {
      const left = i < channels ? 0 : pixels[y * row + i - channels];
      const up = y === 0 ? 0 : pixels[(y - 1) * row + i];
      const corner = i < channels || y === 0 ? 0 : pixels[(y - 1) * row + i - channels];
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      pixels[y * row + i] = bytes[y * (row + 1) + 1 + i] + guess;
    }
  }
  return pixels;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value));
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
