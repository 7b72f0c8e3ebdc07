/** An edit in the code that Share gives: its pictures as data URLs, fitted to the model, and the option of the run. */

import type { EditAsked } from "./edit.ts";
import { scriptLiteral } from "./literals.ts";

/** What is imported of the library. */
export function editImports({ noise }: EditAsked): string {
  return noise === undefined ? "Diffuser, fitPicture" : "Diffuser, fitPicture, noise";
}

/** The lines that make what the option needs: they stand behind the model's. */
export function editCode({ picture, other, mask, sigma, noise }: EditAsked): string {
  if (picture === undefined && mask === undefined) return "";
  const read = 'async (png, shape) => (await fitPicture(await (await fetch(png)).blob(), shape, { light: "srgb" })).x';
  const lines = [`const read = ${read};`, "const [channels, height, width] = model.info.shape;"];
  if (picture !== undefined) {
    lines.push(`const picture = await read(${dataUrl(picture)}, [channels, height, width]);`);
  }
  if (other !== undefined) lines.push(`const other = await read(${dataUrl(other)}, [channels, height, width]);`);
  if (mask !== undefined) lines.push(`const mask = await read(${dataUrl(mask)}, [1, height, width]);`);
  if (noise !== undefined) {
    lines.push(`const added = await noise(${number(noise)}, [1, channels, height, width]);`);
    lines.push(`const y = picture.map((value, i) => value + ${number(sigma)} * added[i]);`);
  }
  return `${lines.join("\n")}\n`;
}

/** The line of the option, of a run of so many images. */
export function editOption(asked: EditAsked, images: number): string {
  const { edit, method = "", jump, resample, t, sigma, noise } = asked;
  if (edit === "begin") return `  start: { x: picture, t: ${number(t)} },\n`;
  if (edit === "mix") {
    const at = images === 1 ? "[0.5]" : `Array.from({ length: ${images} }, (_, image) => image / ${images - 1})`;
    return `  start: { x: [...picture, ...other], t: ${number(t)}, at: ${at}, noise: ${scriptLiteral(method)} },\n`;
  }
  if (edit === "hold")
    return `  potential: { r: ${scriptLiteral(method)}, ${regionOf(asked)}sigma: ${number(sigma)} },\n`;
  const how = `method: ${scriptLiteral(method)}`;
  if (edit === "denoise") {
    return `  observed: { y${noise === undefined ? ": picture" : ""}, sigma: ${number(sigma)}, ${how} },\n`;
  }
  const again = method === "repaint" ? `, jump: ${number(jump)}, resample: ${number(resample)}` : "";
  return `  known: { x: picture, mask: ${SHARES}, ${how}${again} },\n`;
}

/** The attributes of the element that make the same; undefined where it has none. */
export function editAttributes(asked: EditAsked): [name: string, value: string][] | undefined {
  const { edit, picture = "", mask = "", method = "", jump, resample, t = "" } = asked;
  if (edit === "begin") {
    return [
      ["start", addressOf(picture)],
      ["start-t", t],
    ];
  }
  if (edit !== "fill") return undefined;
  return [
    ["known", addressOf(picture)],
    ["mask", addressOf(mask)],
    ["known-method", method],
    ...(method === "repaint"
      ? ([
          ["known-jump", jump ?? ""],
          ["known-resample", resample ?? ""],
        ] as [string, string][])
      : []),
  ];
}

/** The region of a mean colour; without a mask it is the whole image. */
function regionOf({ method, colour = "", mask }: EditAsked): string {
  if (method !== "mean-colour") return "";
  const bytes = scriptLiteral(colour.split(" ").map(Number));
  const region = `colour: ${bytes}.slice(0, model.info.shape[0]).map((byte) => byte / 127.5 - 1)`;
  return `regions: [{ ${region}${mask === undefined ? "" : `, mask: ${SHARES}`} }], `;
}

/** A mask as a picture's values, in shares from 0 to 1. */
const SHARES = "mask.map((value) => Math.round(127.5 * (value + 1)) / 255)";

/** base64url has other letters than a data URL. */
function addressOf(text: string): string {
  return `data:image/png;base64,${text.replaceAll("-", "+").replaceAll("_", "/")}`;
}

function dataUrl(text: string): string {
  return scriptLiteral(addressOf(text));
}

function number(text = "0"): string {
  return scriptLiteral(Number(text));
}
