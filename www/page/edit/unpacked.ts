/** An edit read back from a link or a file: its texts, checked and set. */

import { fromBytes, quantise } from "../../ui/pixels.ts";
import { fitFile } from "../files/fit.ts";
import { ControlError } from "../panel/numbers.ts";
import type { EditAsked } from "../share/edit.ts";
import { t } from "../texts.ts";
import type { Store, Tool } from "./state.ts";
import { sharesOf } from "./tools.ts";

/** Sets the store as the texts say. Throws a `ControlError` where they make no sense; what was read before it stays set. */
export async function unpack(asked: EditAsked, store: Store, addNoise: (seed: number) => Promise<void>): Promise<void> {
  const tool: Tool = choiceIn(asked, "edit", ["fill", "begin", "mix", "denoise", "hold"]) ?? "fill";
  store.tool.value = tool;
  await setLayers(asked, store);
  const { fill, mix, denoise, hold } = store;
  if (tool === "begin" || tool === "mix") {
    store.t.value = within(numberIn(asked, "t") ?? store.t.value, store.timesteps.value - 1);
    mix.noise.value = (tool === "mix" && choiceIn(asked, "method", ["shared", "own"])) || mix.noise.value;
  } else if (tool === "fill") {
    fill.method.value = choiceIn(asked, "method", ["noised", "clean", "repaint"]) ?? fill.method.value;
    fill.jump.value = numberIn(asked, "jump") ?? fill.jump.value;
    fill.resample.value = numberIn(asked, "resample") ?? fill.resample.value;
  } else if (tool === "denoise") {
    denoise.method.value =
      choiceIn(asked, "method", ["level", "analytic", "constant", "annealed"]) ?? denoise.method.value;
    denoise.sigma.value = numberIn(asked, "sigma") ?? denoise.sigma.value;
    const seed = numberIn(asked, "noise");
    if (seed !== undefined) await addNoise(seed);
  } else {
    hold.r.value = choiceIn(asked, "method", ["mean-colour", "symmetry"]) ?? hold.r.value;
    hold.sigma.value = numberIn(asked, "sigma") ?? hold.sigma.value;
    store.brush.colour.value = colourIn(asked) ?? store.brush.colour.value;
  }
  if (tool !== "hold" && !asked.picture) throw new ControlError("invalid-edit", t("editPictureAbsent"));
}

async function setLayers({ picture, mask, other }: EditAsked, store: Store): Promise<void> {
  const [channels, height, width] = store.shape.value;
  const far = other && (await bytesOf("other", other, [channels, height, width]));
  if (far) store.mix.other.value = fromBytes(far);
  const pixels = picture && (await bytesOf("picture", picture, [channels, height, width]));
  if (pixels) store.put(fromBytes(pixels), t("editRestored"));
  const given = mask && (await bytesOf("mask", mask, [1, height, width]));
  // That of a region says what is painted over, the other what is known.
  const open = given && sharesOf(store.tool.value === "hold" ? given : given.map((byte) => 255 - byte));
  if (open) store.layers.value = { ...store.layers.value, open };
}

type Name = keyof EditAsked;

function choiceIn<T extends string>(asked: EditAsked, name: Name, allowed: readonly T[]): T | undefined {
  const given = asked[name];
  const found = allowed.find((value) => value === given);
  if (given !== undefined && found === undefined) throw refused(name, given);
  return found;
}

function numberIn(asked: EditAsked, name: Name): number | undefined {
  const given = asked[name];
  if (given === undefined) return undefined;
  if (given.trim() === "" || !Number.isFinite(Number(given))) throw refused(name, given);
  return Number(given);
}

/** "200 10 20": a byte for each of red, green and blue. */
function colourIn({ colour }: EditAsked): number[] | undefined {
  if (colour === undefined) return undefined;
  const found = /^\d{1,3} \d{1,3} \d{1,3}$/.test(colour) ? colour.split(" ").map(Number) : [];
  if (found.length === 3 && found.every((byte) => byte <= 255)) return found;
  throw refused("colour", colour);
}

/** The bytes of a PNG in base64url, channel by channel. */
async function bytesOf(name: Name, text: string, shape: [number, number, number]): Promise<Uint8Array> {
  const [, height, width] = shape;
  try {
    const png = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const { x, given } = await fitFile(new File([png], `${name}.png`), shape, { light: "srgb" });
    if (given.width === width && given.height === height) return quantise(x);
  } catch {
    // Said below.
  }
  throw refused(name, text);
}

function within(value: number, most: number): number {
  return Math.min(most, Math.max(0, Math.round(value)));
}

function refused(name: string, given: string): ControlError {
  return new ControlError("invalid-edit", t("editRefused", { what: `${name}=${given.slice(0, 20)}` }));
}
