import type { ModelInfo } from "../checkpoint.ts";
import { invalid, messageOf, UnnoiseError } from "../errors.ts";
import { moduleFailed } from "../host/module.ts";
import type { PictureArea } from "./averaging.ts";
import { known } from "./options.ts";

/** How a picture becomes one of a model. All optional. */
export interface FitOptions {
  /**
   * What is done where the sides have another ratio. "crop": the middle is taken, as large as it fits. "pad": all of the picture is
   * taken, and the rest is black. "squeeze": all of the picture is taken, and its sides are scaled apart. Default: "crop".
   */
  fit?: "crop" | "pad" | "squeeze";
  /**
   * What is averaged. "linear": light, so that a fine pattern keeps its brightness. "srgb": the values of the file, as most data sets
   * were scaled. Default: "linear".
   */
  light?: "linear" | "srgb";
}

/** A picture as a model has them, and what was done to it. */
export interface FittedPicture {
  /** channels * height * width floats in [-1, 1], as `start`, `known` and `observed` take them. */
  x: Float32Array;
  /** Width of the model's images, in pixels. */
  width: number;
  /** Their height. */
  height: number;
  /** The size of the picture that was given. */
  given: { width: number; height: number };
  /** The part of it that was taken: all of it, except with "crop". */
  taken: PictureArea;
  /** Where that part stands in the model's image: on all of it, except with "pad". */
  placed: PictureArea;
  fit: "crop" | "pad" | "squeeze";
  light: "linear" | "srgb";
}

const FIT = ["crop", "pad", "squeeze"] as const;
const LIGHT = ["linear", "srgb"] as const;

/**
 * Any picture as a model's floats: scaled, in grey or in colours as the model has them.
 *
 * Each pixel is the mean of the area that it covers, with the exact fractions of the pixels at its edges. That holds for enlarging
 * too: pixels become squares, and a pixel over the border of two has a share of both. A picture of the model's size keeps
 * every byte. Grey is BT.709's luma of the averages. What is transparent lies on black.
 *
 * @param picture What `createImageBitmap` takes: an image, a canvas, a Blob or File of an image, ImageData. Where there is no
 * canvas, as in Node.js, ImageData or an object with its fields.
 * @param model The model's `info`, or its shape: channels, height, width.
 * @throws UnnoiseError "invalid-picture", "invalid-shape", "invalid-fit", "invalid-light" or "unknown-option".
 */
export async function fitPicture(
  picture: ImageBitmapSource,
  model: Pick<ModelInfo, "shape"> | ModelInfo["shape"],
  options: FitOptions = {},
): Promise<FittedPicture> {
  const { fit = "crop", light = "linear" } = known(options, ["fit", "light"]);
  if (!FIT.includes(fit)) throw invalid("fit", fit, '"crop", "pad" or "squeeze"');
  if (!LIGHT.includes(light)) throw invalid("light", light, '"linear" or "srgb"');
  const shape = checkShape(Array.isArray(model) ? model : model?.shape);
  // A file of its own: few pages need it.
  const { averaged, open } = await import("./averaging.ts").catch((error) => {
    throw moduleFailed("averaging", error);
  });
  const source = await open(picture).catch((cause) => {
    const message = `\`picture\` cannot be read as a picture: ${messageOf(cause)}`;
    throw new UnnoiseError("invalid-picture", message, { cause });
  });
  const { taken, placed, x } = averaged(source, shape, fit, light);
  source.close();
  const [, height, width] = shape;
  return { x, width, height, given: { width: source.width, height: source.height }, taken, placed, fit, light };
}

function checkShape(shape: unknown): ModelInfo["shape"] {
  const sizes = Array.isArray(shape) && shape.length === 3 && shape.every((n) => Number.isInteger(n) && n > 0);
  if (sizes && (shape[0] === 1 || shape[0] === 3)) return shape as ModelInfo["shape"];
  throw invalid("shape", shape, "1 or 3 channels, a height and a width");
}
