import { invalid, UnnoiseError } from "./errors.ts";

/**
 * One image of a batch as a picture: each value is round((x / 2 + 0.5) * 255), clamped to 0..255, halves to even, as
 * diffusers' pipelines do. One channel is grey, three are red, green and blue; alpha is 255.
 *
 * @param x batch * C * H * W floats, the image's own range being [-1, 1].
 * @param shape C, H and W.
 * @param image Which image of the batch, from 0.
 * @throws UnnoiseError "invalid-image" for an index outside of the batch, or channels that are neither 1 nor 3.
 */
export function toImageData(x: Float32Array, shape: readonly [number, number, number], image: number): ImageData {
  const [channels, height, width] = shape;
  const pixels = height * width;
  const count = x.length / (channels * pixels);
  if (!isDrawable(shape)) {
    throw new UnnoiseError("invalid-image", `the images have ${channels} channels; only 1 or 3 can be drawn`);
  }
  if (!Number.isInteger(image) || image < 0 || image >= count) {
    throw invalid("image", image, `an integer from 0 to ${count - 1}`);
  }

  const plane = channels === 3 ? pixels : 0;
  const start = image * channels * pixels;
  const picture = blank(width, height);
  for (let i = 0; i < pixels; i++) {
    for (let channel = 0; channel < 3; channel++) {
      // A clamped array rounds halves to even and clamps by itself.
      picture.data[4 * i + channel] = ((x[start + channel * plane + i] ?? 0) / 2 + 0.5) * 255;
    }
    picture.data[4 * i + 3] = 255;
  }
  return picture;
}

/** A picture of zeros. Node.js and Bun have no ImageData: there it is an object with the same fields. */
function blank(width: number, height: number): ImageData {
  if ("ImageData" in globalThis) return new ImageData(width, height);
  return { width, height, colorSpace: "srgb", data: new Uint8ClampedArray(4 * width * height) };
}

/** Whether images of this shape have a picture. */
export function isDrawable([channels]: readonly [number, number, number]): boolean {
  return channels === 1 || channels === 3;
}
