/** What suits the model at hand, in the controls that nobody has set: from its defaults.json, else as its scheduler or the page has it. */

import type { Model, SchedulerConfig } from "../../src/index.ts";
import { controlFor, defaultSigmaClip, isAnalytic, kindOf, type OptionName } from "../../ui/options.ts";
import { TRAJECTORY } from "../settings.ts";
import { writeControls } from "./controls.ts";
import type { Control } from "./problems.ts";
import { setBound, setOwn, writeSampler } from "./samplers.ts";

/** Options that are set for any model, and those that a link or a run has set for its own model. */
const set = new Set<string>();
const ofModel = new Set<string>();

/** Notes that somebody has set these options; `alone`: for the model that they came with, and no other. */
export function noteSet(names: Iterable<string>, alone = false): void {
  for (const name of names) (alone ? ofModel : set).add(controlFor(name as OptionName));
}

/** Notes that the visitor has changed a control. */
export function noteChange(control: Control): void {
  set.add(control);
}

/** Another model is there: what was set for the one before counts no more. */
export function forgetOfModel(): void {
  ofModel.clear();
}

/** Whether somebody has set an option. */
export function isSet(name: OptionName): boolean {
  const control = controlFor(name);
  return set.has(control) || ofModel.has(control);
}

/** Sets every option that nobody has set as the model has it. */
export function takeDefaults({ scheduler, hasAnalytic, madeFor, defaults = {} }: Model["info"]): void {
  // Its pictures with few steps are nearest to the data: docs/quality.md. An eta without a sampler is DDIM's.
  const { nearest = "ddim" } = defaults.eta === undefined ? (madeFor ?? {}) : {};
  const { sampler = hasAnalytic && defaults.eta === undefined ? "analytic-ddpm" : nearest } = defaults;
  const { variance = varianceOf(scheduler), eta = 0, guidance = 1 } = defaults;
  const { steps = Math.min(50, scheduler.num_train_timesteps ?? 1000) } = defaults;
  for (const name of ["ddpm", "analytic-ddpm"] as const) {
    const own = isAnalytic(name) === isAnalytic(sampler) ? defaults.sigmaClip : undefined;
    if (!isSet("sigmaClip")) setBound(name, own ?? defaultSigmaClip(name));
  }
  const clip = scheduler.clip_sample === false ? "none" : "x0";
  const spacing = TRAJECTORY.parse(String(scheduler.timestep_spacing)) ?? "leading";
  for (const [kind, path, clipping] of [
    ["vdm", "own", "none"],
    ["others", spacing, clip],
  ] as const) {
    const own = kind === kindOf(sampler) ? defaults : {};
    setOwn(kind, {
      // The page has no control for a list of timesteps.
      ...(!isSet("trajectory") && { trajectory: TRAJECTORY.parse(String(own.trajectory)) ?? path }),
      ...(!isSet("clip") && { clip: own.clip ?? clipping }),
    });
  }
  if (!isSet("sampler")) writeSampler(sampler);
  const values = Object.entries({ variance, eta, guidance, steps } as const);
  writeControls(Object.fromEntries(values.filter(([name]) => !isSet(name as OptionName))));
}

/** Whether the network predicts a variance. */
export function learnsVariance({ variance_type }: SchedulerConfig): boolean {
  return variance_type?.startsWith("learned") ?? false;
}

/** DDPM's variance as the model has it. */
function varianceOf(scheduler: SchedulerConfig): "small" | "large" | "learned" {
  if (learnsVariance(scheduler)) return "learned";
  return scheduler.variance_type?.startsWith("fixed_large") ? "large" : "small";
}
