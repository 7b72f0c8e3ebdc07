/** An edit as texts, for links and files: the picture and what is left open as small PNGs in base64url. */

import { quantise } from "../../ui/pixels.ts";
import { ControlError } from "../panel/numbers.ts";
import { encodePng } from "../save/png.ts";
import { rasterOf } from "../save/raster.ts";
import type { EditAsked } from "../share/edit.ts";
import { t } from "../texts.ts";
import type { Store } from "./state.ts";
import { bytesOf } from "./tools.ts";

/** All that the tool at hand is told. */
export async function pack(store: Store): Promise<EditAsked> {
  const [channels, height, width] = store.shape.value;
  const { picture, open } = store.layers.value;
  const edit = store.tool.value;
  const mask = await textOf(bytesOf(open, edit === "hold" ? "open" : "known"), [1, height, width]);
  if (edit === "hold") {
    const { r, sigma } = store.hold;
    const told = { edit, method: r.value, sigma: String(sigma.value) };
    if (r.value === "symmetry") return told;
    const region = open.some((part) => part > 0) && { mask };
    return { ...told, ...region, colour: store.brush.colour.value.join(" ") };
  }
  if (!picture) throw new ControlError("invalid-edit", t("editNoPicture"));
  const packed = { edit, picture: await textOf(quantise(picture), [channels, height, width]) };
  if (edit === "begin") return { ...packed, t: String(store.t.value) };
  if (edit === "mix") {
    const { other, noise } = store.mix;
    if (!other.value) throw new ControlError("invalid-edit", t("editNoOther"));
    const far = await textOf(quantise(other.value), [channels, height, width]);
    return { ...packed, other: far, t: String(store.t.value), method: noise.value };
  }
  if (edit === "denoise") {
    const { method, sigma, noise } = store.denoise;
    const added = noise.value && { noise: String(noise.value.seed) };
    return { ...packed, method: method.value, sigma: String(sigma.value), ...added };
  }
  const { method, jump, resample } = store.fill;
  const again = method.value === "repaint" && { jump: String(jump.value), resample: String(resample.value) };
  return { ...packed, mask, method: method.value, ...again };
}

type Shape = [channels: number, height: number, width: number];

async function textOf(pixels: Uint8Array, shape: Shape): Promise<string> {
  const png = await encodePng(rasterOf({ pixels, count: 1, shape }, 1));
  const binary = Array.from(png, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
