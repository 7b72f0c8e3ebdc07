/** What a run will cost on this machine, from the steps it has computed so far. */

import { knownSpeed, rememberSpeed } from "./clock.ts";
import type { Running } from "./engine.ts";
import type { Settings } from "./settings.ts";

/** Evaluations of the network that one step of one image takes: two with guidance, which compares class with no class. */
export function passesPerStep({ guidance }: Settings): number {
  return guidance === 1 ? 1 : 2;
}

/** Milliseconds that one evaluation for one image takes here; undefined when never measured. */
export function speedOf(running: Running): number | undefined {
  return knownSpeed(keyOf(running));
}

/** Learns from a run: what one of its steps took. */
export function learnSpeed(running: Running, settings: Settings, msPerStep: number): void {
  rememberSpeed(keyOf(running), msPerStep / (turns(running, settings.images) * passesPerStep(settings)));
}

/** Seconds that a run will take; undefined when nothing was measured, or the settings make no sense. */
export function secondsFor(running: Running, settings: Settings): number | undefined {
  const seconds =
    ((speedOf(running) ?? Number.NaN) * turns(running, settings.images) * settings.steps * passesPerStep(settings)) /
    1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** How many images the busiest worker computes, one after the other. */
function turns({ diffuser }: Running, images: number): number {
  return Math.ceil(images / diffuser.backend.workers);
}

function keyOf({ diffuser, model }: Running): string {
  return `${diffuser.backend.kind} ${model.info.shape.join("x")} ${model.info.parameters}`;
}
