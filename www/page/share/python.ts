/** A picture as a Python script: the same run with diffusers, as far as diffusers can follow. */

import { weightsFile } from "../model/engine.ts";
import { labelsFor } from "../settings.ts";
import { t } from "../texts.ts";
import { commentLine, YOUR_MODEL } from "./code.ts";
import { plainName, pythonLiteral } from "./literals.ts";
import { type Loop, planLoop, schedulerLoop, usesScheduler } from "./loop.ts";
import { fileName, type Made } from "./made.ts";
import { type Drawing, drawingOf } from "./noise.ts";

/** A diffusers folder as Python finds it. */
export interface ModelFolder {
  /** Where it is: undefined for files from this computer. */
  address: string | undefined;
  /** The part with the network, "unet/" or "unet_ema/", beside which is scheduler/; empty where all files are in one folder. */
  part: string;
  /** Of the weights' file: diffusion_pytorch_model.fp16.safetensors. */
  variant: "fp16" | undefined;
  /** Whether there is a scheduler_config.json. */
  scheduler: boolean;
}

/** The whole script. With noise from "torch" it makes the page's own picture, within the rounding of f32. */
export function pythonCode(made: Made, folder: ModelFolder): string {
  const drawing = drawingOf(made);
  const loop: Loop = usesScheduler(made) ? schedulerLoop(made, folder, drawing) : planLoop(made, drawing);
  const address = webAddress(folder.address);
  const hub = hubOf(address);
  const downloads = address !== undefined && !hub;
  const imports = [...loop.imports, ...(downloads ? ["import pathlib", "import urllib.request"] : [])];
  const parts = [
    `"""${commentLine(made)}\n\n${made.morph ? `${t("pyOnlyA")}\n` : ""}${t("pyInstall")}\n"""\n`,
    imports.map((line) => `${line}\n`).join(""),
    `import torch\nfrom diffusers import ${[...loop.classes, "UNet2DModel"].join(", ")}\n${drawing.imports}from PIL import Image\n`,
    downloads
      ? download(address, folder)
      : `${hub ? "" : `# ${t("pyFolder")}\n`}MODEL = ${pythonLiteral(hub ?? YOUR_MODEL)}\n`,
    `unet = UNet2DModel.from_pretrained(MODEL, ${modelOptions(folder)}).float()\n${features(made)}${loop.scheduler}`,
    start(made, drawing),
    loop.steps,
    picture(made),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/** An address that Python may download from: it would read files of its own computer too. */
function webAddress(address: string | undefined): string | undefined {
  return /^https?:\/\//.test(address ?? "") ? address : undefined;
}

/** "user/model" of an address at the Hugging Face hub, which diffusers loads by that name. */
function hubOf(address: string | undefined): string | undefined {
  return /^https:\/\/huggingface\.co\/(\w[\w.-]*\/\w[\w.-]*)\/resolve\/main\/$/.exec(address ?? "")?.[1];
}

function download(address: string, folder: ModelFolder): string {
  const last = new URL(address).pathname.split("/").filter(Boolean).at(-1) ?? "";
  const name = plainName(last.replaceAll(/%[0-9a-f]{2}/gi, "-"), "model");
  const files = filesOf(folder).map((file) => `    ${pythonLiteral(file)},\n`);
  return `# ${t("pyFetch")}
MODEL = pathlib.Path(${pythonLiteral(name)})
for file in [\n${files.join("")}]:
    if not (MODEL / file).exists():
        (MODEL / file).parent.mkdir(parents=True, exist_ok=True)
        urllib.request.urlretrieve(${pythonLiteral(address)} + file, MODEL / file)
`;
}

function filesOf({ part, variant, scheduler }: ModelFolder): string[] {
  const configs = scheduler ? [`${part && "scheduler/"}scheduler_config.json`] : [];
  return [`${part}config.json`, part + weightsFile(variant), ...configs];
}

/** How diffusers loads the network: never from a pickle, which is a program. */
function modelOptions({ part, variant }: ModelFolder): string {
  const options = [
    part && `subfolder=${pythonLiteral(part.slice(0, -1))}`,
    variant && `variant=${pythonLiteral(variant)}`,
    "use_safetensors=True",
  ];
  return options.filter(Boolean).join(", ");
}

/** The features that a variational diffusion model takes, which diffusers does not compute. */
function features({ info }: Made): string {
  const pair = info.vdm?.fourier;
  if (!pair) return "";
  const exponents = `range(${pythonLiteral(pair[0])}, ${pythonLiteral(pair[1] + 1)})`;
  return `network = unet

def unet(x, *others):
    # ${t("pyFeatures")}
    angles = torch.stack([2.0**n * torch.pi * x.double() for n in ${exponents}], dim=2).flatten(1, 2)
    return network(torch.cat([x, angles.sin().float(), angles.cos().float()], dim=1), *others)

`;
}

/** Labels, the generator and x_T. */
function start({ settings, info }: Made, drawing: Drawing): string {
  const { images, rng } = settings;
  const labels = labelsFor(settings.class, images, info);
  const none = info.noClass === undefined ? undefined : new Array<number>(images).fill(info.noClass);
  const lines = [];
  if (labels) lines.push(...namesOf(labels, info), `labels = torch.tensor(${pythonLiteral(labels)})`);
  else if (none) lines.push(`# ${t("pyNoClass")}`, `labels = torch.tensor(${pythonLiteral(none)})`);
  if (rng === "philox") lines.push(`# ${t("pyPhilox")}`, `# ${t("pyTorch")}`);
  lines.push(...drawing.start);
  return `${lines.join("\n")}\n`;
}

/** What the model calls the classes of the images; no lines where it names none. */
function namesOf(labels: readonly number[], info: Made["info"]): string[] {
  const entries = [...new Set(labels)].flatMap((index) => {
    const name = info.labels?.[index];
    return name === undefined ? [] : [`${pythonLiteral(index)}: ${pythonLiteral(name)}`];
  });
  return entries.length === 0 ? [] : [`# ${t("pyClasses")}`, `NAMES = {${entries.join(", ")}}`];
}

/** The images beside each other, in a PNG. */
function picture({ settings, info }: Made): string {
  const [channels] = info.shape;
  const array = channels === 1 ? "row[0]" : "row.permute(1, 2, 0)";
  return `pixels = ((x / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
row = torch.cat(list(pixels), dim=2)
Image.fromarray(${array}.numpy()).save(${pythonLiteral(fileName(settings, "png"))})
`;
}
