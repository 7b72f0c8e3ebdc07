/** What is said of weights that are there, but as a pickle. */
import { UnnoiseError } from "../errors.ts";
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

/** So many bytes tell a pickle: it is bare, or the first file of a ZIP archive, as torch.save writes it. */
const HEAD = 512;

/** The error for a folder that has its weights as this pickle alone. */
export function pickleInFolder(pickle: URL, subfolder: string): UnnoiseError {
  return pickleError(`the weights are only there as a pickle, ${pickle.href}`, repositoryOf(pickle), subfolder);
}

/** @throws UnnoiseError "weights-pickle" where these weights are a pickle. */
export async function refusePickle(weights: ArrayBuffer | Blob): Promise<void> {
  // What cannot be read is said where it is loaded.
  const head = new Uint8Array(await new Response(weights.slice(0, HEAD)).arrayBuffer().catch(() => new ArrayBuffer(0)));
  const [first = 0, second = 0] = head;
  const text = String.fromCharCode(...head);
  const bare = first === 0x80 && second >= 2 && second <= 5;
  if (!bare && !(text.startsWith("PK\x03\x04") && text.includes(".pkl"))) return;
  throw pickleError(`${"name" in weights ? `“${weights.name}”` : "`source.weights`"} is a pickle`);
}

/** Names the pickle, why it is not read, and the line of Python that converts it. */
function pickleError(what: string, from = "path/to/the/folder", subfolder = ""): UnnoiseError {
  const part = subfolder === "" ? "" : `, subfolder="${subfolder}"`;
  const line = `UNet2DModel.from_pretrained(${JSON.stringify(from)}${part}).save_pretrained("unet", safe_serialization=True)`;
  return new UnnoiseError(
    "weights-pickle",
    `${what}, which is not read, because a pickle can run any code; it must be a .safetensors file`,
    { hint: `In Python, from diffusers import UNet2DModel; ${line} converts it.` },
  );
}
