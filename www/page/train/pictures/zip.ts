/** A model as one file: a folder in diffusers' layout. Fetched when a model is saved. */

import { strToU8, zipSync } from "fflate";
import type { TrainedFiles } from "../../../src/index.ts";

/** The folder, as `UNet2DModel.from_pretrained(folder, subfolder="unet")` reads it. */
export async function zipped({ config, weights, scheduler, labels, analytic, vdm }: TrainedFiles): Promise<Blob> {
  const json = (value: unknown) => strToU8(`${JSON.stringify(value, null, 2)}\n`);
  const floats = new Uint8Array(await weights.arrayBuffer());
  const zip = zipSync({
    "unet/config.json": json(config),
    // Weights are as good as random: nothing is gained by compressing them.
    "unet/diffusion_pytorch_model.safetensors": [floats, { level: 0 }],
    ...(scheduler && { "scheduler/scheduler_config.json": json(scheduler) }),
    ...(labels && { "labels.json": json(labels) }),
    ...(analytic && { "analytic_dpm.json": json(analytic) }),
    ...(vdm && { "vdm.json": json(vdm) }),
  });
  return new Blob([zip], { type: "application/zip" });
}
