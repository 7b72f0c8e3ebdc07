/** What an interpolation will be made of: the controls' words, the plan they lead to, and what both mean for the frames. */

import type { Model } from "../../src/index.ts";
import { className } from "../panel/classes.ts";
import { planOptions } from "../settings.ts";
import { joined, samplerName, t, timestep } from "../texts.ts";
import { branchOf, type InterpolationSettings, labelOf, layoutOf, type Mode, type RunSettings } from "./settings.ts";

/** The controls, with what only the model knows. */
export interface Outlook {
  asked: InterpolationSettings;
  run: RunSettings;
  shape: readonly [channels: number, height: number, width: number];
  timesteps: readonly number[];
  /** No step adds noise: what is random is in the start alone. */
  deterministic: boolean;
  /** Names of the classes at the corners in use; one where all are the same, none for a model without classes. */
  classes: readonly string[];
}

/** Asks the model for the plan. Throws the library's errors for options that decide the steps. */
export async function outlookOf(asked: InterpolationSettings, run: RunSettings, model: Model): Promise<Outlook> {
  const { info } = model;
  const plan = await model.plan(planOptions(run));
  const corners = { two: 2, four: 4, variations: 1 }[asked.mode];
  const labels = asked.classes.slice(0, corners).map((choice) => labelOf(choice, asked, info));
  const names = labels.map((label) =>
    label === undefined ? "" : className(label === info.noClass ? "any" : label, info),
  );
  const classes = names.every((name) => name === names[0]) ? names.slice(0, 1) : names;
  return {
    asked,
    run,
    shape: info.shape,
    timesteps: plan.timesteps,
    deterministic: plan.steps.every(({ z }) => z === 0),
    classes: classes.filter((name) => name !== ""),
  };
}

/** Whether it would compute the same picture again and again. */
export function isVain({ asked, deterministic }: Outlook): boolean {
  return asked.mode === "variations" && deterministic;
}

/** The line under the pictures: what they are made with. */
export function captionOf({ asked, run, timesteps, classes }: Outlook): string {
  const corners = { two: 2, four: 4, variations: 1 }[asked.mode];
  const seeds = along(asked.mode, asked.seeds.slice(0, corners).map(String));
  const noise = corners === 1 ? t("seed", { seed: seeds }) : t("seeds", { seeds });
  return joined(samplerName(run), t("steps", { n: timesteps.length }), along(asked.mode, classes), noise);
}

/** Timestep at which the variations of a frame part; undefined where they share every step. */
export function partsAt({ asked, timesteps }: Outlook, frame: number): string | undefined {
  const at = timesteps[branchOf(frame, layoutOf(asked), timesteps.length)];
  return at === undefined ? undefined : timestep(at);
}

/** Names of corners: "a → b" on a line, "a, b, c, d" on a square. */
function along(mode: Mode, names: readonly string[]): string {
  return names.join(mode === "two" ? " → " : ", ");
}

/** What the frames share, in a sentence or two; `frame` is the one looked at. */
export function sharedOf(outlook: Outlook, frame: number): string {
  const { asked, run, deterministic, classes } = outlook;
  const sampler = samplerName(run);
  if (asked.mode === "variations") return variationsSentence(outlook, frame, sampler);
  const arc = t(asked.mode === "two" ? "arcTwo" : "arcFour");
  const noise = t(deterministic ? "sharedStart" : "sharedNoise", { arc, sampler });
  return classes.length > 1 ? `${noise} ${t("sharedClass", { classes: along(asked.mode, classes) })}` : noise;
}

function variationsSentence(outlook: Outlook, frame: number, sampler: string): string {
  const { asked, timesteps, deterministic } = outlook;
  const [steps, of] = [branchOf(frame, layoutOf(asked), timesteps.length), timesteps.length];
  if (deterministic) return t("variationsNone", { sampler });
  if (steps >= of) return t("variationsAll", { n: of });
  const at = partsAt(outlook, frame);
  const place = at === undefined ? "" : t("atT", { t: at });
  return t(steps === 0 ? "variationsStart" : "variationsSome", { images: asked.variations, steps, of, place, sampler });
}
