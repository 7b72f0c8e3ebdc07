/** Fetches the pictures that an element's attributes name, and fits them to its model. Loaded when an attribute first names one. */
import { fitPicture, type Known, type ModelInfo, type SampleOptions } from "../src/index.ts";
import { context2d } from "../ui/dom.ts";
import { type Edit, PICTURE } from "./editing.ts";
import { refused } from "./refused.ts";

type Kept = NonNullable<Edit["known"]>;
interface Size {
  width: number;
  height: number;
}

/** A picture that is not there within this time is not waited for, in milliseconds. */
const LONGEST_MS = 30_000;

/** The options of a run, with the floats of pictures in place of their addresses. */
export async function fetchPictures(
  { start, known }: Edit,
  info: ModelInfo,
): Promise<Pick<SampleOptions, "start" | "known">> {
  const [picture, kept] = await Promise.all([opened("start", start?.x), known && keptOf(known, info)]);
  const begun = start && { ...start, x: picture ? (await fitPicture(picture, info)).x : start.x };
  return { ...(begun && { start: begun }), ...(kept && { known: kept }) } as Pick<SampleOptions, "start" | "known">;
}

async function keptOf({ x, mask, ...others }: Kept, info: ModelInfo): Promise<Known> {
  const [picture, masking] = await Promise.all([opened("known", x), opened("mask", mask)]);
  const [, height, width] = info.shape;
  if (masking) checkRatio(masking, picture ?? { width, height }, String(mask));
  const found = masking ? await maskOf(masking, info) : (mask ?? (picture && (await opaque(picture, info))));
  return { ...others, x: picture ? (await fitPicture(picture, info)).x : x, mask: found } as Known;
}

/** The picture at an address; undefined where floats are given. */
async function opened(name: string, address: unknown): Promise<ImageBitmap | undefined> {
  if (typeof address !== "string") return undefined;
  const wrong = (why: string, cause?: unknown) => refused(name, address, `${PICTURE.allowed}: ${why}`, cause);
  if (!URL.canParse(address, document.baseURI)) throw wrong("this is no address");
  const signal = AbortSignal.timeout(LONGEST_MS);
  const late = `its server did not send it within ${LONGEST_MS / 1000} s`;
  const response = await fetch(new URL(address, document.baseURI), { signal }).catch((cause: unknown) => {
    if (signal.aborted) throw wrong(late, cause);
    throw wrong("it cannot be reached, or its server does not allow this page to read it (CORS)", cause);
  });
  if (!response.ok) throw wrong(`the server answers ${response.status}`);
  try {
    return await createImageBitmap(await response.blob());
  } catch (cause) {
    throw wrong(signal.aborted ? late : "what is there cannot be read as one", cause);
  }
}

/** A mask of other sides than the picture's would be cut in another place. */
function checkRatio(mask: Size, of: Size, address: string): void {
  const off = Math.abs(mask.width - (of.width * mask.height) / of.height);
  if (off <= 1) return;
  const sizes = `this is ${mask.width} by ${mask.height}, that is ${of.width} by ${of.height}`;
  throw refused("mask", address, `a picture with the ratio of sides of what is known: ${sizes} pixels`);
}

/** 1 where a picture is white and opaque, 0 where it is black or transparent. */
async function maskOf(picture: ImageBitmapSource, { shape: [, height, width] }: ModelInfo): Promise<Float32Array> {
  const { x } = await fitPicture(picture, [1, height, width], { light: "srgb" });
  // Rounded as a byte: a sum of shares need not be exactly 1, which keeps a pixel as it is.
  return x.map((value) => Math.round((value / 2 + 0.5) * 255) / 255);
}

/** 1 where a picture is opaque. */
async function opaque(picture: ImageBitmap, info: ModelInfo): Promise<Float32Array> {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: picture.width, height: picture.height });
  const context = context2d(canvas);
  context.drawImage(picture, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const mask = await maskOf(canvas, info);
  if (mask.some((value) => value < 1)) return mask;
  throw refused("mask", undefined, `${PICTURE.allowed}, for nothing of \`known\` is transparent`);
}
