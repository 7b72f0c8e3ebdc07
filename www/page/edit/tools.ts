/** The tools: what each asks of a run, and what it is told with. */

import type { PlanOptions, Potential, SampleOptions } from "../../src/index.ts";
import { ControlError } from "../panel/numbers.ts";
import { type Key, t } from "../texts.ts";
import type { Store, Tool } from "./state.ts";

/** A paper that a tool is from. */
interface Paper {
  name: string;
  address: string;
}

const SOHL_DICKSTEIN = { name: "Sohl-Dickstein et al. 2015", address: "https://arxiv.org/abs/1503.03585" };

/** What the page says of each tool. */
export const TOLD: Record<Tool, { name: Key; hint: Key; papers: readonly Paper[] }> = {
  fill: {
    name: "editFill",
    hint: "editFillHint",
    papers: [SOHL_DICKSTEIN, { name: "Lugmayr et al. 2022", address: "https://arxiv.org/abs/2201.09865" }],
  },
  begin: {
    name: "editBegin",
    hint: "editBeginHint",
    papers: [{ name: "Meng et al. 2022", address: "https://arxiv.org/abs/2108.01073" }],
  },
  mix: {
    name: "editMix",
    hint: "editMixHint",
    papers: [{ name: "Ho et al. 2020", address: "https://arxiv.org/abs/2006.11239" }],
  },
  hold: { name: "editHold", hint: "editHoldHint", papers: [SOHL_DICKSTEIN] },
  denoise: {
    name: "editDenoise",
    hint: "editDenoiseHint",
    papers: [SOHL_DICKSTEIN, { name: "Bao et al. 2022", address: "https://arxiv.org/abs/2201.06503" }],
  },
};

/** Those of them that decide the steps, without the floats, which do not. */
export function planned(store: Store): PlanOptions {
  const { start, known, observed } = editOptions(store, 2);
  return {
    ...(start && { start: { x: [], t: start.t } }),
    ...(known && { known: { ...known, x: [], mask: [] } }),
    ...(observed && { observed: { ...observed, y: [] } }),
  };
}

/** Places of so many images on the way from the picture to the other one. */
export function placesOf(images: number): number[] {
  return Array.from({ length: images }, (_, image) => (images === 1 ? 0.5 : image / (images - 1)));
}

/** The mean colour of the region that is painted over, or of all, or symmetry. */
function potential(store: Store): Potential {
  const { r, sigma } = store.hold;
  if (r.value === "symmetry") return { r: r.value, sigma: sigma.value };
  const { open } = store.layers.value;
  const colour = store.colour;
  const region = open.some((part) => part > 0) ? { colour, mask: sharesOf(bytesOf(open, "open")) } : { colour };
  return { r: r.value, regions: [region], sigma: sigma.value };
}

/** A mask in bytes, as a file or a link has it: what is open of every pixel, or what is known. */
export function bytesOf(open: Float32Array, of: "open" | "known"): Uint8Array {
  return Uint8Array.from(open, (part) => Math.round(255 * (of === "open" ? part : 1 - part)));
}

/** The shares that these bytes stand for. */
export function sharesOf(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 255);
}

/** What a run of so many images is asked for beside its settings. Throws a `ControlError` where there is nothing to work on. */
export function editOptions(store: Store, images: number): SampleOptions {
  const { open } = store.layers.value;
  const picture = store.given.value;
  const tool = store.tool.value;
  if (tool === "hold") return { potential: potential(store) };
  if (!picture) throw new ControlError("invalid-edit", t("editNoPicture"));
  if (tool === "begin") return { start: { x: picture, t: store.t.value } };
  if (tool === "mix") {
    const other = store.mix.other.value;
    if (!other) throw new ControlError("invalid-edit", t("editNoOther"));
    const x = new Float32Array(2 * picture.length);
    x.set(picture);
    x.set(other, picture.length);
    return { start: { x, t: store.t.value, at: placesOf(images), noise: store.mix.noise.value } };
  }
  const { method, sigma } = store.denoise;
  if (tool === "denoise") return { observed: { y: picture, sigma: sigma.value, method: method.value } };
  if (open.every((part) => part === 0)) throw new ControlError("invalid-edit", t("editNothingOpen"));
  const known = {
    x: picture,
    mask: sharesOf(bytesOf(open, "known")),
    method: store.fill.method.value,
  };
  if (known.method !== "repaint") return { known };
  return { known: { ...known, jump: store.fill.jump.value, resample: store.fill.resample.value } };
}
