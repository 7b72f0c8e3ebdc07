import { invalid, UnnoiseError } from "../errors.ts";

/**
 * One image of a batch as a picture: one channel is grey, three are red, green and blue; alpha is 255.
 *
 * @param pixels batch * C * H * W bytes, as a step's are made in src/run/shown.rs.
 * @param shape C, H and W.
 * @param image Which image of the batch, from 0.
 * @throws UnnoiseError "invalid-image" for an index outside of the batch, or channels that are neither 1 nor 3.
 */
export function toImageData(
  pixels: Uint8ClampedArray,
  shape: readonly [number, number, number],
  image: number,
): ImageData {
  const [channels, height, width] = shape;
  const area = height * width;
  const count = pixels.length / (channels * area);
  if (!isDrawable(shape)) {
    throw new UnnoiseError("invalid-image", `the images have ${channels} channels; only 1 or 3 can be drawn`);
  }
  if (!Number.isInteger(image) || image < 0 || image >= count) {
    throw invalid("image", image, `an integer from 0 to ${count - 1}`);
  }

  const plane = channels === 3 ? area : 0;
  const start = image * channels * area;
  const picture = blank(width, height);
  for (let i = 0; i < area; i++) {
    for (let channel = 0; channel < 3; channel++) {
      picture.data[4 * i + channel] = pixels[start + channel * plane + i] ?? 0;
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
