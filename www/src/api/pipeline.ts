/** Which of diffusers' pipelines are a network of pictures and a scheduler, and nothing else. */
import { show, UnnoiseError } from "../errors.ts";

const PICTURES = ["DDPMPipeline", "DDIMPipeline", "PNDMPipeline", "RePaintPipeline", "AudioDiffusionPipeline"];
const LATENT = "its network draws latents, which another network decodes into a picture";

const OTHERS: Record<string, string> = {
  LDMPipeline: LATENT,
  ConsistencyModelPipeline: "its network predicts the picture in one step, and is asked by noise levels of its own",
  KarrasVePipeline: "its noise grows and does not fade the picture (variance exploding)",
  ScoreSdeVePipeline: "its noise grows and does not fade the picture (variance exploding)",
};

/**
 * Checks a folder's model_index.json, where there is one.
 *
 * @throws UnnoiseError "config-unsupported" where its pipeline draws something else than the network's output.
 */
export function checkPipeline({ index }: { index?: unknown }): void {
  if (typeof index !== "object" || index === null) return;
  const entries: { _class_name?: unknown; [part: string]: unknown } = { ...index };
  const given = entries._class_name;
  // A pipeline of the folder's own is [its file, its class].
  const name: unknown = Array.isArray(given) ? given.at(-1) : given;
  if (name === undefined) return;
  const decoder = ["vqvae", "vae", "vqgan"].find((part) => isPart(entries[part]));
  if (typeof name === "string" && PICTURES.includes(name) && !decoder) return;
  const known = typeof name === "string" && Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined;
  const reason = known ?? (decoder ? LATENT : "what it makes of its network is not known here");
  throw new UnnoiseError(
    "config-unsupported",
    `\`_class_name\` in model_index.json is ${show(name)}, which is not supported: ${reason}; supported: ${PICTURES.join(", ")}`,
    { hint: "Use a pipeline of one UNet2DModel that predicts pixels, not latents." },
  );
}

/**
 * Whether there can be this file that no pipeline of diffusers has beside a model_index.json. The entry "_unnoise" names all such files; diffusers
 * passes over an entry that begins so and is no list. Where it is absent any can be there, but a pipeline of diffusers' own has no vdm.json.
 *
 * @throws UnnoiseError "config-invalid" where the entry is no text.
 */
export function mayHave({ index }: { index?: unknown }, file: string): boolean {
  if (typeof index !== "object" || index === null) return true;
  const { _unnoise: own, vdm }: { _unnoise?: unknown; vdm?: unknown } = index;
  if (own === undefined) return file !== "vdm.json" || vdm !== undefined;
  if (typeof own === "string") return own.split(/\s+/).includes(file);
  const allowed = 'names of files, as "labels.json defaults.json"';
  throw new UnnoiseError("config-invalid", `\`_unnoise\` in model_index.json is ${show(own)}; it must be ${allowed}`);
}

/** Whether a pipeline has this part: one it lacks is [null, null]. */
function isPart(part: unknown): boolean {
  return Array.isArray(part) && part.some((word) => typeof word === "string");
}
