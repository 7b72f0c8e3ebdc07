/** The noise of a Python script: one generator, one per image, or some images of a batch whose noise is drawn whole. */

import { t } from "../texts.ts";
import { pythonLiteral } from "./literals.ts";
import type { Made } from "./made.ts";

/** The parts of a script that draw noise. */
export interface Drawing {
  /** Imports beside torch's and diffusers' own. */
  imports: string;
  /** The lines that make the generator and x_T. */
  start: string[];
  /** Fresh noise of the shape of x, as an expression. */
  fresh: string;
  /** A tensor of the script's images as a scheduler must have it, which draws noise of its shape; and the same images of what it gives. */
  placed: (tensor: string) => string;
  cut: string;
}

/** Draws noise as the run does. */
export function drawingOf({ settings, info, plan }: Made): Drawing {
  const { images, seed, seeds, first } = settings;
  const shape = (batch: number) => `(${[batch, ...info.shape].map(pythonLiteral).join(", ")})`;
  const plain: Drawing = {
    imports: "",
    start: [generator(seed), `x = torch.randn(${shape(images)}, generator=generator)`],
    fresh: "torch.randn(x.shape, generator=generator)",
    placed: (tensor) => tensor,
    cut: "",
  };
  if (seeds) {
    const one = 'torch.Generator("cpu").manual_seed(seed)';
    return {
      ...plain,
      imports: "from diffusers.utils.torch_utils import randn_tensor\n",
      start: [
        `generator = [${one} for seed in ${pythonLiteral(seeds)}]`,
        `x = randn_tensor(${shape(images)}, generator=generator)`,
      ],
      fresh: "randn_tensor(x.shape, generator=generator)",
    };
  }
  if (!first) return plain;
  const [image, of] = first;
  const start = [
    `# ${t("pyPart")}`,
    `WHOLE, IMAGES = ${shape(of)}, slice(${pythonLiteral(image)}, ${pythonLiteral(image + images)})`,
    generator(seed),
    "x = torch.randn(WHOLE, generator=generator)[IMAGES]",
  ];
  const fresh = "torch.randn(WHOLE, generator=generator)[IMAGES]";
  if (plan.steps.every(({ z }) => z === 0)) return { ...plain, start, fresh };
  return { ...plain, start: [...start, ...placing()], fresh, placed: (tensor) => `placed(${tensor})`, cut: "[IMAGES]" };
}

/** The CPU's: a CUDA generator draws other numbers from the same seed. */
function generator(seed: number): string {
  return `generator = torch.Generator("cpu").manual_seed(${pythonLiteral(seed)})`;
}

/** The lines that put the images into their batch. */
function placing(): string[] {
  return `

def placed(images):  # ${t("pyPlaced")}
    batch = torch.zeros(WHOLE)
    batch[IMAGES] = images
    return batch
`.split("\n");
}
