/** The choice of a sampler: what belongs to each, and what the model at hand can do. */

import { defaultSigmaClip, has, isAnalytic, KINDS, kindOf, type SamplerName } from "../../ui/options.ts";
import { check, checked, find, radios, write } from "../dom.ts";
import { oneOf, type Settings, TRAJECTORY } from "../settings.ts";
import { samplerHint, t } from "../texts.ts";
import { numberOr, readNumber } from "./numbers.ts";

/** VDM has a path and a clipping of its own: what was set for one kind of sampler comes back with it. */
type Own = Pick<Settings, "trajectory" | "clip">;
const kept: Record<"vdm" | "others", Own> = {
  vdm: { trajectory: "own", clip: "none" },
  others: { trajectory: "leading", clip: "x0" },
};
let shown: "vdm" | "others" = "others";

/** DDPM has a bound of the last noise of its own, as typed. Samplers without one leave the field as it is. */
const bounds = { ddpm: String(defaultSigmaClip("ddpm")), analytic: String(defaultSigmaClip("analytic-ddpm")) };
let bounded: keyof typeof bounds = "analytic";

/** The sampler that is chosen: Analytic-DPM stands on DDPM's or on DDIM's mean. */
export function readSampler(): SamplerName {
  const family = checked("sampler");
  if (family === "analytic") return checked("base") === "ddim" ? "analytic-ddim" : "analytic-ddpm";
  return family === "ddpm" || family === "vdm" ? family : "ddim";
}

/** Chooses DDIM in place of Analytic-DPM, for a model that lacks its table; true where that is another one. */
export function doWithoutTable(): boolean {
  if (!isAnalytic(readSampler())) return false;
  check("sampler", "ddim");
  showSampler(numberOr("eta", 0));
  return true;
}

/** Chooses a sampler. */
export function writeSampler(sampler: SamplerName): void {
  check("sampler", isAnalytic(sampler) ? "analytic" : sampler);
  if (isAnalytic(sampler)) check("base", sampler === "analytic-ddim" ? "ddim" : "ddpm");
  swapBound(sampler);
}

/** Sets what one kind of sampler has of its own, whether it is shown or not. */
export function setOwn(kind: typeof shown, own: Partial<Own>): void {
  Object.assign(kept[kind], own);
  if (shown === kind) writeOwn(own);
}

/** Sets the bound of the last noise of one kind of sampler, whether it is shown or not. */
export function setBound(sampler: SamplerName, bound: number): void {
  const kind = boundOf(sampler);
  bounds[kind] = String(bound);
  if (bounded === kind) find("sigma-clip", HTMLInputElement).value = bounds[kind];
}

/** Sets the trajectory and the clipping of the sampler that is chosen. */
export function writeOwn({ trajectory, clip }: Partial<Own>): void {
  if (trajectory !== undefined) find("trajectory", HTMLSelectElement).value = trajectory;
  if (clip !== undefined) find("clip", HTMLSelectElement).value = clip;
}

/** What is set for a sampler alone, whether it is the chosen one or not. Throws as `readControls`. */
export function ownOf(sampler: SamplerName): Own & Pick<Settings, "sigmaClip"> {
  const kind = kindOf(sampler);
  return { ...(kind === shown ? readOwn() : kept[kind]), sigmaClip: sigmaClipOf(sampler) };
}

/** The bound of the last noise that is set for a sampler. Throws where it is shown and makes no sense. */
export function sigmaClipOf(sampler: SamplerName): number {
  const kind = boundOf(sampler);
  if (kind !== bounded) return Number(bounds[kind]);
  return has(readSampler(), "sigmaClip") ? readNumber("sigma-clip") : numberOr("sigma-clip", defaultSigmaClip(sampler));
}

/** Shows what belongs to the chosen sampler, and nothing that does not. */
export function showSampler(eta: number): void {
  const sampler = readSampler();
  const analytic = isAnalytic(sampler);
  write("sampler-hint", samplerHint(sampler, eta));
  find("sampler-paper", HTMLButtonElement).setAttribute("data-section", analytic ? "analytic" : sampler);
  find("base-field").hidden = !analytic;
  const guided = find("guidance", HTMLInputElement).valueAsNumber !== 1;
  write("analytic-note", t(guided ? "tableGuided" : "tableUnguided"));
  find("eta-field").hidden = !has(sampler, "eta");
  write("eta-hint", t(analytic ? "etaAnalytic" : "eta"));
  find("variance-field").hidden = !has(sampler, "variance");
  find("sigma-clip-field").hidden = !has(sampler, "sigmaClip");
  find("compat-field").hidden = !has(sampler, "compat");
  swapBound(sampler);
  swap(kindOf(sampler));
}

/** Offers Analytic-DPM and the optimal trajectory where the model has its table, and says why not where it has none. */
export function offerAnalytic(hasTable: boolean): void {
  find("analytic-why").hidden = hasTable;
  find("optimal-why").hidden = hasTable;
  for (const radio of radios("sampler")) if (radio.value === "analytic") radio.disabled = !hasTable;
  const trajectory = find("trajectory", HTMLSelectElement);
  for (const option of trajectory.options) if (option.value === "optimal") option.disabled = !hasTable;
  if (hasTable) return;
  if (trajectory.value === "optimal") trajectory.value = "even";
  if (kept.others.trajectory === "optimal") kept.others.trajectory = "even";
  if (kept.vdm.trajectory === "optimal") kept.vdm.trajectory = "own";
}

function swap(to: typeof shown): void {
  const trajectory = find("trajectory", HTMLSelectElement);
  const clip = find("clip", HTMLSelectElement);
  for (const option of trajectory.options) if (option.value === "own") option.hidden = option.disabled = to !== "vdm";
  if (to === shown) return;
  kept[shown] = readOwn();
  trajectory.value = kept[to].trajectory;
  clip.value = kept[to].clip;
  shown = to;
}

/** Shows the bound that was set for this sampler; one that makes no sense is not kept. */
function swapBound(sampler: SamplerName): void {
  const to = boundOf(sampler);
  if (to === bounded || !has(sampler, "sigmaClip")) return;
  const field = find("sigma-clip", HTMLInputElement);
  bounds[bounded] = String(numberOr("sigma-clip", Number(bounds[bounded])));
  field.value = bounds[to];
  bounded = to;
}

function boundOf(sampler: SamplerName): typeof bounded {
  return sampler === "ddpm" ? "ddpm" : "analytic";
}

function readOwn(): Own {
  return {
    trajectory: oneOf(find("trajectory", HTMLSelectElement).value, TRAJECTORY.values),
    clip: oneOf(find("clip", HTMLSelectElement).value, KINDS.clip.values),
  };
}
