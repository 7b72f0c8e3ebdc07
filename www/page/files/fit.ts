/** Picture files, fitted to a model. Fetched with the rooms that read some. */

import { type FitOptions, type FittedPicture, fitPicture } from "../../src/index.ts";
import type { PictureShape } from "../../ui/pixels.ts";
import { t } from "../texts.ts";

/** A file as a picture of this shape. Throws an error whose message is a sentence for the visitor where it is none. */
export async function fitFile(file: File, shape: PictureShape, options: FitOptions = {}): Promise<FittedPicture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(t("estimateUnreadable", { file: file.name }));
  }
  try {
    return await fitPicture(bitmap, [...shape], options);
  } finally {
    bitmap.close();
  }
}
