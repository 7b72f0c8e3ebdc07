/** What a run will cost on this machine, from the steps it has computed so far. */

import type { Running } from "../model/engine.ts";
import type { Settings } from "../settings.ts";
import { cost, t } from "../texts.ts";

/** Evaluations of the network that one step of one image takes: two with guidance, which compares class with no class. */
function passesPerStep({ guidance }: Settings): number {
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
function secondsFor(running: Running, settings: Settings): number | undefined {
  const seconds =
    ((speedOf(running) ?? Number.NaN) * turns(running, settings.images) * settings.steps * passesPerStep(settings)) /
    1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** What a run will cost, in a sentence that names what comes of it; undefined when nothing was measured. */
export function priceOf(
  running: Running,
  settings: Settings,
  what = t("costImages", { n: settings.images }),
): string | undefined {
  const seconds = secondsFor(running, settings);
  return seconds === undefined ? undefined : cost(seconds, what);
}

/** How many images the busiest worker computes, one after the other. */
function turns({ diffuser }: Running, images: number): number {
  return Math.ceil(images / diffuser.backend.workers);
}

/** Milliseconds that one image's step takes here with this back end and model; undefined when never measured. */
function knownSpeed(key: string): number | undefined {
  const ms = read()[key];
  return typeof ms === "number" && ms > 0 && Number.isFinite(ms) ? ms : undefined;
}

/** Remembers what one image's step takes. Where the browser stores nothing, it is kept for this visit. */
function rememberSpeed(key: string, ms: number): void {
  const speeds = { ...read(), [key]: Math.round(ms * 100) / 100 };
  visit = speeds;
  try {
    localStorage.setItem(STORE, JSON.stringify(speeds));
  } catch {
    // Storage is full or forbidden: `visit` holds the speeds.
  }
}

/** Where measured speeds are kept between visits. */
const STORE = "unnoise.speed";

let visit: Record<string, unknown> = {};

function read(): Record<string, unknown> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORE) ?? "{}");
    return typeof stored === "object" && stored !== null ? { ...stored, ...visit } : visit;
  } catch {
    return visit;
  }
}

function keyOf({ diffuser, model }: Running): string {
  return `${diffuser.backend.kind} ${diffuser.backend.device} ${model.info.shape.join("x")} ${model.info.parameters}`;
}
