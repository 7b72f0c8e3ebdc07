// Any picture as a model's floats: values that are known by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blankPage, codes, setUp } from "./helpers.mjs";

const { browser, site } = await setUp();
const page = await blankPage(browser, site);
await page.evaluate(() => {
  /** Grey pixels, or [red, green, blue, alpha] each, row by row. */
  globalThis.picture = (width, pixels) => {
    const rgba = pixels.flatMap((p) => (Array.isArray(p) ? [...p, 255].slice(0, 4) : [p, p, p, 255]));
    return new ImageData(Uint8ClampedArray.from(rgba), width);
  };
  /** The bytes that the floats stand for, unrounded. */
  globalThis.bytes = async (...given) => Array.from((await unnoise.fitPicture(...given)).x, (v) => (v + 1) * 127.5);
});

/** Whether numbers are those expected, within f32's rounding. */
function near(found, expected, within = 2e-5) {
  assert.equal(found.length, expected.length);
  for (const [i, number] of expected.entries()) {
    assert.ok(Math.abs(found[i] - number) < within, `${i}: ${found[i]}, not ${number}`);
  }
}

/** sRGB's curve, written down a second time. */
const light = (byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
const byteOf = (l) => 255 * (l <= 0.0031308 ? 12.92 * l : 1.055 * l ** (1 / 2.4) - 0.055);

test("a picture of the model's size keeps every byte, in both lights, grey and in colour", async () => {
  const all = await page.evaluate(async () => {
    const grey = picture(
      16,
      Array.from({ length: 256 }, (_, byte) => byte),
    );
    const found = [];
    for (const light of ["linear", "srgb"]) found.push(await bytes(grey, [1, 16, 16], { light }));
    const colours = picture(2, [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    return { found, colour: await bytes(colours, [3, 1, 2]) };
  });
  const every = Array.from({ length: 256 }, (_, byte) => byte);
  for (const found of all.found) near(found, every);
  // Channel by channel.
  near(all.colour, [1, 4, 2, 5, 3, 6]);
});

test("a pixel is the mean of the area that it covers, with fractions of the pixels at its edges", async () => {
  // Three columns on two: the middle one belongs to both by half, that is a third of each.
  const srgb = await page.evaluate(() => bytes(picture(3, [0, 90, 240]), [1, 1, 2], { fit: "squeeze", light: "srgb" }));
  near(srgb, [30, 190]);
  const linear = await page.evaluate(() => bytes(picture(2, [0, 255]), [1, 1, 1], { fit: "squeeze" }));
  near(linear, [byteOf(0.5)]);
  const mixed = await page.evaluate(() => bytes(picture(3, [10, 90, 240]), [1, 1, 2], { fit: "squeeze" }));
  const thirds = (a, b) => byteOf((2 * light(a) + light(b)) / 3);
  near(mixed, [thirds(10, 90), thirds(240, 90)]);
  // Two on three: pixels become squares, and the middle has half of each.
  const larger = await page.evaluate(() => bytes(picture(2, [20, 80]), [1, 1, 3], { fit: "squeeze", light: "srgb" }));
  near(larger, [20, 50, 80]);
});

test("crop takes the middle, pad leaves black, squeeze takes all, and each says so", async () => {
  const found = await page.evaluate(async () => {
    const wide = picture(4, [10, 20, 30, 40, 50, 60, 70, 80]);
    const all = {};
    for (const fit of ["crop", "pad", "squeeze"]) {
      const fitted = await unnoise.fitPicture(wide, { shape: [1, 2, 2] }, { fit, light: "srgb" });
      all[fit] = { ...fitted, x: Array.from(fitted.x, (v) => (v + 1) * 127.5) };
    }
    return all;
  });
  const whole = { left: 0, top: 0, width: 4, height: 2 };
  const image = { left: 0, top: 0, width: 2, height: 2 };
  near(found.crop.x, [20, 30, 60, 70]);
  assert.deepEqual(found.crop.taken, { left: 1, top: 0, width: 2, height: 2 });
  assert.deepEqual(found.crop.placed, image);
  // Each row of the image is half of a row of the picture, and half black.
  near(found.pad.x, [7.5, 17.5, 27.5, 37.5]);
  assert.deepEqual(found.pad.taken, whole);
  assert.deepEqual(found.pad.placed, { left: 0, top: 0.5, width: 2, height: 1 });
  near(found.squeeze.x, [15, 35, 55, 75]);
  assert.deepEqual([found.squeeze.taken, found.squeeze.placed], [whole, image]);
  for (const { width, height, given } of Object.values(found)) {
    assert.deepEqual([width, height, given], [2, 2, { width: 4, height: 2 }]);
  }
});

test("grey is BT.709's, and what is transparent lies on black", async () => {
  const found = await page.evaluate(async () => {
    const red = [picture(1, [[255, 0, 0]]), [1, 1, 1]];
    const half = [picture(1, [[255, 255, 255, 51]]), [1, 1, 1]];
    return [
      await bytes(...red, { light: "srgb" }),
      await bytes(...red),
      await bytes(...half, { light: "srgb" }),
      await bytes(...half),
    ].flat();
  });
  near(found, [0.2126 * 255, byteOf(0.2126), 51, byteOf(0.2)]);
});

test("files and canvases give what their pixels give, large ones too", async () => {
  const found = await page.evaluate(async () => {
    // More pixels than are read at once; each row has its own grey.
    const canvas = new OffscreenCanvas(1500, 1600);
    const context = canvas.getContext("2d");
    for (let y = 0; y < 1600; y += 400) {
      context.fillStyle = `rgb(${y / 8} ${y / 8} ${y / 8})`;
      context.fillRect(0, y, 1500, 400);
    }
    const options = { fit: "squeeze", light: "srgb" };
    const ofCanvas = await bytes(canvas, [1, 4, 1], options);
    const ofFile = await bytes(await canvas.convertToBlob(), [1, 4, 1], options);
    return [ofCanvas, ofFile];
  });
  for (const rows of found) near(rows, [0, 50, 100, 150]);
});

test("what cannot be fitted is refused by name", async () => {
  const table = [
    ['[new Blob(["no picture"]), [1, 2, 2]]', "invalid-picture"],
    ["[null, [1, 2, 2]]", "invalid-picture"],
    ["[{ width: 2, height: 2, data: new Uint8ClampedArray(4) }, [1, 2, 2]]", "invalid-picture"],
    ["[picture(1, [0]), [2, 4, 4]]", "invalid-shape"],
    ["[picture(1, [0]), [1, 0, 4]]", "invalid-shape"],
    ["[picture(1, [0]), undefined]", "invalid-shape"],
    ["[picture(1, [0]), {}]", "invalid-shape"],
    ['[picture(1, [0]), [1, 2, 2], { fit: "cover" }]', "invalid-fit"],
    ["[picture(1, [0]), [1, 2, 2], { light: 1 }]", "invalid-light"],
    ["[picture(1, [0]), [1, 2, 2], { size: 1 }]", "unknown-option"],
    ["[picture(1, [0]), [1, 2, 2], null]", "invalid-options"],
  ];
  assert.deepEqual(await codes(page, "unnoise.fitPicture(...o)", table), table);
});
