// What Save writes, without a page: PNG and its text, the grid, and what of a history is shown.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { crc32 as crcOfNode } from "node:zlib";
import { pageParts } from "./page-pictures.mjs";
import { decodePng, textOf } from "./png.mjs";

let parts;
before(async () => {
  parts = await pageParts("save/png", "save/raster", "save/saved", "share/made", "../ui/pixels");
});

const bytes = (...values) => Uint8Array.from(values);

/** Two by three pixels. */
const GREY = { width: 2, height: 3, channels: 1, pixels: bytes(0, 50, 100, 150, 200, 255) };

test("the checksum is CRC-32", () => {
  const digits = new TextEncoder().encode("123456789");
  assert.equal(parts.crc32(digits), 0xcbf43926);
  if (crcOfNode) assert.equal(parts.crc32(digits), crcOfNode(digits));
});

test("a PNG keeps its pixels and its text, grey or in colour", async () => {
  const colour = { width: 1, height: 2, channels: 3, pixels: bytes(1, 2, 3, 4, 5, 6) };
  for (const raster of [GREY, colour]) {
    const file = await parts.encodePng(raster, "unnoise", '{"class":"Schuh für Füße"}');
    const read = decodePng(Buffer.from(file));
    assert.deepEqual([read.width, read.height, read.channels], [raster.width, raster.height, raster.channels]);
    assert.deepEqual([...read.pixels], [...raster.pixels]);
    assert.equal(textOf(read, "unnoise"), '{"class":"Schuh für Füße"}');
    assert.equal(parts.readPngText(file, "unnoise"), '{"class":"Schuh für Füße"}');
    assert.equal(parts.readPngText(file, "Comment"), undefined);
  }
});

test("a text is found in a tEXt chunk too", async () => {
  const file = Buffer.from(await parts.encodePng(GREY, "unnoise", "x"));
  const data = Buffer.from("tEXtunnoise\0seed 4", "latin1");
  const chunk = Buffer.alloc(data.length + 8);
  chunk.writeUInt32BE(data.length - 4);
  data.copy(chunk, 4);
  chunk.writeUInt32BE(parts.crc32(data), chunk.length - 4);
  const header = 8 + 25;
  const spliced = Buffer.concat([file.subarray(0, header), chunk, file.subarray(header)]);
  assert.equal(parts.readPngText(spliced, "unnoise"), "seed 4");
});

test("a file that is no PNG, is cut off or damaged is refused in words", async () => {
  const file = await parts.encodePng(GREY, "unnoise", "hello");
  const reading = (content) => () => parts.readPngText(content, "unnoise");
  assert.throws(reading(new TextEncoder().encode("GIF89a")), /not a PNG/);
  assert.throws(reading(new Uint8Array(0)), /not a PNG/);
  for (const length of [8, 20, 40]) assert.throws(reading(file.subarray(0, length)), /ends too soon/);
  const damaged = file.slice();
  damaged[Buffer.from(file).indexOf("hello")] ^= 1;
  assert.throws(reading(damaged), /damaged/);
  const endless = file.slice();
  new DataView(endless.buffer).setUint32(8, 0xffffffff);
  assert.throws(reading(endless), /ends too soon/);
});

test("a grid is enlarged by whole numbers, with a black line between the pictures", () => {
  const pictures = { pixels: bytes(1, 2, 3, 4, 5, 6), count: 3, shape: [1, 1, 2] };
  const { width, height, channels, pixels } = parts.rasterOf(pictures, 2);
  assert.deepEqual([width, height, channels], [10, 6, 1]);
  const rows = Array.from({ length: height }, (_, y) => [...pixels.subarray(y * width, (y + 1) * width)]);
  const above = [1, 1, 2, 2, 0, 0, 3, 3, 4, 4];
  const below = [5, 5, 6, 6, 0, 0, 0, 0, 0, 0];
  const gap = new Array(10).fill(0);
  assert.deepEqual(rows, [above, above, gap, gap, below, below]);
});

test("colours stand beside each other, and one picture can be taken of many", () => {
  const pictures = { pixels: bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), count: 2, shape: [3, 1, 2] };
  const { channels, pixels } = parts.rasterOf(parts.onePicture(pictures, 1), 1);
  assert.deepEqual([channels, [...pixels]], [3, [7, 9, 11, 8, 10, 12]]);
});

test("a long run is shown in a bounded number of pictures, the first and the last among them", () => {
  assert.deepEqual(parts.shownPositions(4), [0, 1, 2, 3]);
  assert.deepEqual(parts.shownPositions(1), [0]);
  const positions = parts.shownPositions(1001);
  assert.deepEqual([positions.length, positions[0], positions.at(-1)], [parts.MOST_FRAMES, 0, 1000]);
  assert.equal(new Set(positions).size, positions.length);
});

test("files are named by what made them", () => {
  assert.equal(parts.fileName({ sampler: "ddim", steps: 50, seed: 42 }, "png"), "unnoise-ddim-50-seed42.png");
  const settings = { sampler: "ddim", steps: 50, seed: 42, class: "each" };
  const names = [
    parts.savedName({ settings }, "png"),
    parts.savedName({ settings: { ...settings, class: 3 } }, "png", "-step7"),
    parts.savedName({ settings, morph: { mode: "two" } }, "png", "-frame2"),
    parts.savedName({ settings, edit: {} }, "png"),
    parts.savedName({ settings, table: true }, "png"),
  ];
  assert.deepEqual(names, [
    "unnoise-ddim-50-seed42.png",
    "unnoise-ddim-50-seed42-class3-step7.png",
    "unnoise-two-ddim-50-seed42-frame2.png",
    "unnoise-edit-ddim-50-seed42.png",
    "unnoise-compare-seed42.png",
  ]);
});
