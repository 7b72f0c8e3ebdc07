/** What is said of weights that are there, but as a pickle. */
import { UnnoiseError } from "./errors.ts";
import { repositoryOf } from "./folders.ts";

/** Names under which such weights are found. */
export const PICKLES = [
  "diffusion_pytorch_model.bin",
  "diffusion_pytorch_model.fp16.bin",
  "diffusion_pytorch_model.ckpt",
  "diffusion_model.pt",
  "pytorch_model.bin",
  "model.ckpt",
  "model.pt",
];

/** The error that names the pickle, why it is not read, and the line of Python that converts it. */
export function pickleError(pickle: URL, subfolder: string): UnnoiseError {
  const from = JSON.stringify(repositoryOf(pickle) ?? "path/to/the/folder");
  const part = subfolder === "" ? "" : `, subfolder="${subfolder}"`;
  const line = `UNet2DModel.from_pretrained(${from}${part}).save_pretrained("unet", safe_serialization=True)`;
  return new UnnoiseError(
    "weights-pickle",
    `the weights are only there as a pickle, ${pickle.href}; it is not read, for a pickle can run any code. Allowed is a .safetensors file`,
    { hint: `In Python, from diffusers import UNet2DModel; ${line} converts it.` },
  );
}
