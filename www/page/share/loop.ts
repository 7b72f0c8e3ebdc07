/** The loop of a Python script: with diffusers' own scheduler where it has one, else by the plan of the run. */

import type { PlanStep } from "../../src/index.ts";
import { isAnalytic } from "../../ui/options.ts";
import { samplerName, t } from "../texts.ts";
import { pythonLiteral } from "./literals.ts";
import type { Made } from "./made.ts";
import type { Drawing } from "./noise.ts";
import type { ModelFolder } from "./python.ts";

/** The parts of a script that depend on the sampler. */
export interface Loop {
  imports: string[];
  /** What is imported from diffusers beside the network. */
  classes: string[];
  /** The lines that make the scheduler, or the plan. */
  scheduler: string;
  /** The lines that walk from noise to the images. */
  steps: string;
}

/** Training timesteps of a model. */
function trained({ info }: Made): number {
  return info.scheduler.num_train_timesteps ?? 1000;
}

/** Whether diffusers has a scheduler that makes exactly these steps. DDIM's steps by a constant, which is not every list's. */
export function usesScheduler(made: Made): boolean {
  const { sampler, trajectory, steps, sigmaClip, compat } = made.settings;
  if (sampler === "ddpm") return sigmaClip === 0 && hasBetas(made);
  if (sampler !== "ddim" || !hasBetas(made)) return false;
  return compat
    ? hasList(made)
    : trajectory === "leading" || (trajectory === "trailing" && trained(made) % steps === 0);
}

/** Whether `set_timesteps` makes the list of the plan by itself. With "trailing", numpy lists one timestep too many for some counts. */
function hasList(made: Made): boolean {
  const { trajectory, steps } = made.settings;
  if (trajectory === "trailing") return Math.ceil(trained(made) / (trained(made) / steps)) === steps;
  return trajectory === "leading" || trajectory === "linspace";
}

/** Whether the scheduler of the sampler's name has the model's betas. */
function hasBetas({ settings, info }: Made): boolean {
  const { beta_schedule: betas = DEFAULTS.beta_schedule, trained_betas: own } = info.scheduler;
  const more = settings.sampler === "ddpm" ? ["sigmoid", "laplace"] : [];
  return Array.isArray(own) || ["linear", "scaled_linear", "squaredcos_cap_v2", ...more].includes(betas);
}

/** The loop with `DDPMScheduler` or `DDIMScheduler`. */
export function schedulerLoop(made: Made, folder: ModelFolder, drawing: Drawing): Loop {
  const { settings, plan, info } = made;
  const ddpm = settings.sampler === "ddpm";
  const name = ddpm ? "DDPMScheduler" : "DDIMScheduler";
  const listed = hasList(made);
  const from = folder.scheduler ? `.from_pretrained(MODEL${folder.part && ', subfolder="scheduler"'}, ` : "(";
  const isBare = settings.clip === "none";
  const { thresholding } = info.scheduler;
  const options = [
    listed && `timestep_spacing=${pythonLiteral(settings.trajectory)}`,
    `clip_sample=${pythonLiteral(!isBare)}`,
    // It would take the place of clipping.
    isBare && thresholding === true && "thresholding=False",
    ddpm && `variance_type=${pythonLiteral(varianceType(made))}`,
    ...fromFile(made, folder, name),
  ].filter((option) => option !== false);
  const list = listed
    ? `scheduler.set_timesteps(${pythonLiteral(plan.timesteps.length)})\n`
    : `# ${t("pyOwnList", { list: settings.trajectory })}\nscheduler.set_timesteps(timesteps=${pythonLiteral(plan.timesteps)})\n`;
  return {
    imports: [],
    classes: [name],
    scheduler: `scheduler = ${name}${from}${options.join(", ")})\n${list}`,
    steps: `with torch.no_grad():\n    for t in scheduler.timesteps:\n${predict(made, "t")}${schedulerStep(made, drawing)}`,
  };
}

/** diffusers' name of DDPM's variance. */
function varianceType({ settings, info }: Made): string {
  return settings.variance === "learned" ? (info.scheduler.variance_type ?? "") : `fixed_${settings.variance}`;
}

/** What a scheduler's file decides of the steps, and what `DDPMScheduler` and `DDIMScheduler` take where it says nothing. */
const DEFAULTS = {
  num_train_timesteps: 1000,
  beta_start: 0.0001,
  beta_end: 0.02,
  beta_schedule: "linear",
  trained_betas: undefined,
  prediction_type: "epsilon",
  clip_sample_range: 1,
  thresholding: false,
  dynamic_thresholding_ratio: 0.995,
  sample_max_value: 1,
  steps_offset: 0,
  rescale_betas_zero_snr: false,
  set_alpha_to_one: true,
};

/**
 * Options that a scheduler would not take from the folder as the page does: all of them where it has no file, or that of a class with other
 * keys and defaults; the one that DDPM's file may have, and `DDPMScheduler` does not read.
 */
function fromFile({ settings, info }: Made, folder: ModelFolder, name: string): string[] {
  const { scheduler, madeFor } = info;
  const { _class_name: own = name, thresholding } = scheduler;
  const isAll = !folder.scheduler || madeFor !== undefined;
  const isDdpms = name === "DDIMScheduler" && own !== name;
  return Object.entries(DEFAULTS).flatMap(([key, usual]) => {
    const isTaken = key === "set_alpha_to_one" ? isDdpms || (isAll && name === "DDIMScheduler") : isAll;
    if (!isTaken || (key === "thresholding" && settings.clip === "none" && thresholding === true)) return [];
    const value = scheduler[key] ?? (folder.scheduler ? usual : undefined);
    const numbers = Array.isArray(value) && value.every((entry): entry is number => typeof entry === "number");
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean" || numbers;
    return plain ? [`${key}=${pythonLiteral(value)}`] : [];
  });
}

function schedulerStep({ settings, plan }: Made, { placed, cut }: Drawing): string {
  const given = `${placed("output")}, t, ${placed("x")}`;
  if (settings.sampler === "ddim") {
    const clipped = settings.clip === "x0-eps" ? ", use_clipped_model_output=True" : "";
    const options = `eta=${pythonLiteral(settings.eta)}${clipped}, generator=generator`;
    return `        x = scheduler.step(${given}, ${options}).prev_sample${cut}\n`;
  }
  const step = `scheduler.step(${given}, generator=generator)`;
  if (settings.compat || plan.timesteps.at(-1) === 0) return `        x = ${step}.prev_sample${cut}\n`;
  return `        step = ${step}
        # ${t("pyIntoData")}
        x = ${cut ? "(" : ""}step.pred_original_sample if t == scheduler.timesteps[-1] else step.prev_sample${cut && `)${cut}`}
`;
}

/** The loop by the factors of every step, which any sampler has. */
export function planLoop(made: Made, drawing: Drawing): Loop {
  const { settings, plan, info } = made;
  const why = whyPlan(made);
  const rows = plan.steps.map(
    ({ t, logSnr, x0, eps, xt, z }: PlanStep) =>
      `    (${[t, logSnr, x0, eps, xt, z].map(pythonLiteral).join(", ")}),\n`,
  );
  const clamp = settings.clip === "none" ? "" : clipped(info);
  const again = settings.clip === "x0-eps" ? "        eps = (x - signal * x0) / sigma\n" : "";
  return {
    imports: ["import math"],
    classes: [],
    scheduler: `# ${why}\n# ${t("pyPlanLine")}\nPLAN = [  # t, log SNR, x0, eps, xt, z\n${rows.join("")}]\n`,
    steps: `with torch.no_grad():
    for t, log_snr, c_x0, c_eps, c_xt, c_z in PLAN:
        signal = 1 / math.sqrt(1 + math.exp(-log_snr))
        sigma = 1 / math.sqrt(1 + math.exp(log_snr))
${predict(made, "torch.tensor(t)")}${PREDICTED[info.scheduler.prediction_type ?? "epsilon"]}${clamp}${again}        x = c_x0 * x0 + c_eps * eps + c_xt * x
        if c_z > 0:
            x = x + c_z * ${drawing.fresh}
`,
  };
}

/** Why the steps are not left to a scheduler. */
function whyPlan(made: Made): string {
  const { sampler, trajectory: list, compat } = made.settings;
  if (sampler !== "ddim" && sampler !== "ddpm") return t("pyNoScheduler", { sampler: familyOf(made) });
  if (!hasBetas(made)) return t("pyNoBetas");
  if (sampler === "ddpm") return t("pyNoScheduler", { sampler: familyOf(made) });
  return t(!compat && hasList(made) ? "pyStride" : "pyNoList", { list });
}

/** The lines that bound the predicted image. */
function clipped({ scheduler }: Made["info"]): string {
  const { thresholding, clip_sample_range: own = 1, sample_max_value: most = 1 } = scheduler;
  const { dynamic_thresholding_ratio: ratio = DEFAULTS.dynamic_thresholding_ratio } = scheduler;
  if (thresholding !== true || typeof most !== "number" || typeof ratio !== "number" || most <= 1) {
    const range = thresholding === true ? 1 : own;
    return `        x0 = x0.clamp(${pythonLiteral(-range)}, ${pythonLiteral(range)})\n`;
  }
  return `        # ${t("pyThreshold")}
        bound = x0.abs().flatten(1).quantile(${pythonLiteral(ratio)}, dim=1).clamp(1, ${pythonLiteral(most)}).view(-1, 1, 1, 1)
        x0 = x0.clamp(-bound, bound) / bound
`;
}

/** How predicted image and noise follow from the network's output. */
const PREDICTED = {
  epsilon: "        eps = output\n        x0 = (x - sigma * eps) / signal\n",
  v_prediction: "        x0 = signal * x - sigma * output\n        eps = signal * output + sigma * x\n",
  sample: "        x0 = output\n        eps = (x - signal * x0) / sigma\n",
};

/** The lines that ask the network, twice with guidance. */
function predict({ settings, info }: Made, at: string): string {
  const [channels] = info.shape;
  const learns = info.scheduler.variance_type?.startsWith("learned") ?? false;
  const taken = learns && settings.sampler === "ddpm" && settings.variance === "learned";
  // Behind the prediction the network has a variance, which other samplers do not take.
  const part = learns && !taken ? `[:, :${channels}]` : "";
  const labelled = (labels: string) => `unet(x, ${at}${info.classes === undefined ? "" : `, ${labels}`}).sample${part}`;
  if (settings.guidance === 1) return `        output = ${labelled("labels")}\n`;
  // A variance is that for the class.
  const [ofClass, before, after] = taken
    ? [
        "of_class",
        `        of_class = ${labelled("labels")}\n`,
        `        output[:, ${channels}:] = of_class[:, ${channels}:]\n`,
      ]
    : [labelled("labels"), "", ""];
  return `        # ${t("pyGuided")}
        none = ${labelled(`torch.full_like(labels, ${pythonLiteral(info.noClass ?? 0)})`)}
${before}        output = none + ${pythonLiteral(settings.guidance)} * (${ofClass} - none)
${after}`;
}

function familyOf({ settings }: Made): string {
  if (isAnalytic(settings.sampler)) return "Analytic-DPM";
  return settings.sampler === "ddpm" ? t("pyBounded") : samplerName(settings);
}
