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
  if (sampler === "ddpm") return sigmaClip === 0;
  if (sampler !== "ddim") return false;
  if (compat && trajectory === "linspace") return true;
  return trajectory === "leading" || (trajectory === "trailing" && trained(made) % steps === 0);
}

/** Whether `set_timesteps` makes the list of the plan by itself. */
function hasList(made: Made): boolean {
  const { trajectory, steps } = made.settings;
  if (trajectory === "trailing") return trained(made) % steps === 0;
  return trajectory === "leading" || trajectory === "linspace";
}

/** The loop with `DDPMScheduler` or `DDIMScheduler`. */
export function schedulerLoop(made: Made, folder: ModelFolder, drawing: Drawing): Loop {
  const { settings, plan } = made;
  const ddpm = settings.sampler === "ddpm";
  const name = ddpm ? "DDPMScheduler" : "DDIMScheduler";
  const listed = hasList(made);
  const from = folder.scheduler ? `.from_pretrained(MODEL${folder.nested ? ', subfolder="scheduler"' : ""}, ` : "(";
  const options = [
    listed && `timestep_spacing=${pythonLiteral(settings.trajectory)}`,
    `clip_sample=${settings.clip === "none" ? "False" : "True"}`,
    ddpm && `variance_type=${pythonLiteral(varianceType(made))}`,
    ...forwardProcess(made, folder),
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

/** The options that decide the forward process and what the network predicts. */
const FORWARD = ["num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "prediction_type"];

/** Those of the model, where the folder has no scheduler's file, or one of a class with defaults of its own. */
function forwardProcess({ info }: Made, folder: ModelFolder): string[] {
  if (folder.scheduler && !info.warnings.some(({ code }) => code === "scheduler-class")) return [];
  return FORWARD.flatMap((name) => {
    const value = info.scheduler[name];
    const numbers = Array.isArray(value) && value.every((entry): entry is number => typeof entry === "number");
    const plain = typeof value === "string" || typeof value === "number" || numbers;
    return plain ? [`${name}=${pythonLiteral(value)}`] : [];
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
  const why =
    settings.sampler === "ddim"
      ? t("pyNoList", { list: settings.trajectory })
      : t("pyNoScheduler", { sampler: familyOf(made) });
  const rows = plan.steps.map(
    ({ t, logSnr, x0, eps, xt, z }: PlanStep) =>
      `    (${[t, logSnr, x0, eps, xt, z].map(pythonLiteral).join(", ")}),\n`,
  );
  const range = info.scheduler.clip_sample_range ?? 1;
  const clamp =
    settings.clip === "none" ? "" : `        x0 = x0.clamp(${pythonLiteral(-range)}, ${pythonLiteral(range)})\n`;
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
