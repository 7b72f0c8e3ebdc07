/** What the plots show, worked out from the library's plans: the lines of every sampler and every trajectory. */

import type { Model, Plan, PlanOptions } from "../../src/index.ts";
import { defaultSigmaClip, has, isAnalytic, type SamplerName } from "../../ui/options.ts";
import type { Line } from "../plots/plot.ts";
import { type PlanSettings, planOptions, TRAJECTORY } from "../settings.ts";
import { samplerName, t } from "../texts.ts";
import type { LevelAxis } from "./card.ts";

/** The plan of some options; null where there is none, for instance with fewer steps than a trajectory needs. */
export type AskPlan = (options: PlanOptions) => Promise<Plan | null>;

/** The name of the units. */
export function axisName(axis: LevelAxis): string {
  return t(axis === "t" ? "timestepT" : "logSnr");
}

/** Asks a model, and keeps what it answered: the plots ask again at every change of a control. */
export function planAsker(model: Model): AskPlan {
  const known = new Map<string, Promise<Plan | null>>();
  return (options) => {
    const key = JSON.stringify(options);
    const plan = known.get(key) ?? model.plan(options).catch(() => null);
    if (known.size > MOST_PLANS) known.clear();
    known.set(key, plan);
    return plan;
  };
}

const MOST_PLANS = 400;

/** The reverse variance of every sampler over the levels that its steps start from. A sampler that needs the table is left out where there is none. */
export async function varianceLines(
  ask: AskPlan,
  s: PlanSettings,
  hasTable: boolean,
  axis: LevelAxis,
): Promise<Line[]> {
  const others = { ...s, trajectory: s.trajectory === "own" ? ("leading" as const) : s.trajectory };
  const own = { ...s, trajectory: s.sampler === "vdm" ? s.trajectory : ("own" as const) };
  // A bound that is set is that of the chosen sampler's kind: DDPM, or Analytic-DPM.
  const bounded = (sampler: SamplerName) => {
    const set = has(s.sampler, "sigmaClip") && isAnalytic(s.sampler) === isAnalytic(sampler);
    return { ...others, sampler, sigmaClip: set ? s.sigmaClip : defaultSigmaClip(sampler) };
  };
  const asked: PlanSettings[] = [
    { ...others, sampler: "ddim" },
    { ...bounded("ddpm"), variance: "small" },
    { ...bounded("ddpm"), variance: "large" },
    bounded("analytic-ddpm"),
    bounded("analytic-ddim"),
    { ...own, sampler: "vdm" },
  ];
  const possible = asked.filter(({ sampler }) => hasTable || !isAnalytic(sampler));
  const plans = await Promise.all(possible.map((settings) => ask(planOptions(settings))));
  return possible.flatMap((settings, index) => {
    const plan = plans[index];
    const sameVariance = settings.sampler !== "ddpm" || settings.variance === s.variance;
    return plan
      ? [varianceLine(samplerName(settings), settings.sampler === s.sampler && sameVariance, plan, axis)]
      : [];
  });
}

function varianceLine(name: string, chosen: boolean, { steps }: Plan, axis: LevelAxis): Line {
  // The step into the data adds no noise, whatever the sampler.
  const noisy = steps.filter((step) => step.s !== null);
  const points = noisy.map((step): [number, number | null] => [step[axis], step.z > 0 ? step.z ** 2 : null]);
  const silent = noisy.every(({ z }) => z === 0);
  return silent ? { name, chosen, points: [], note: t("noNoise") } : { name, chosen, points };
}

/** The noise levels that each trajectory visits, over the steps. */
export async function pathLines(ask: AskPlan, s: PlanSettings, hasTable: boolean, axis: LevelAxis): Promise<Line[]> {
  const names = TRAJECTORY.values.filter((name) => hasTable || name !== "optimal");
  const plans = await Promise.all(
    names.map((trajectory) => ask(planOptions({ ...s, trajectory, sampler: trajectory === "own" ? "vdm" : "ddpm" }))),
  );
  return names.flatMap((trajectory, index) => {
    const plan = plans[index];
    if (!plan) return [];
    const name = trajectory === "own" ? t("ownPath") : trajectory;
    // Pure noise has an infinite log SNR, which cannot be drawn.
    const level = (value: number) => (Number.isFinite(value) ? value : null);
    const points = plan.steps.map((step, at): [number, number | null] => [at + 1, level(step[axis])]);
    return [{ name, chosen: trajectory === s.trajectory, points }];
  });
}
