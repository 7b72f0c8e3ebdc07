/** The controls of a run: what they say, what they are set to, and how they hang together. */

import { has, KINDS } from "../../ui/options.ts";
import { check, checked, find, radios } from "../dom.ts";
import { MOST_IMAGES, oneOf, rollSeed, type SeedSettings, type Settings, TRAJECTORY } from "../settings.ts";
import { capital, t } from "../texts.ts";
import { chooseClass, chosenClass } from "./classes.ts";
import { ControlError, numberOr, readNumber, readSeedIn } from "./numbers.ts";
import { type Control, clearProblem, fieldOf } from "./problems.ts";
import { readSampler, showSampler, sigmaClipOf, writeOwn, writeSampler } from "./samplers.ts";
import { readPart, typedSeeds, writePart, writeSeeds } from "./seeds.ts";

/** Stops of the steps slider: close together where a step more is worth seeing. */
const STEP_STOPS = [1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000] as const;

/** The field takes at most so many, also where the model has more. */
const MOST_STEPS = 1000;

/** Reads every control. Throws a `ControlError` for a number that makes no sense. */
export function readControls(): Settings {
  const images = readNumber("images");
  return { ...readStepControls(), class: chosenClass(), ...readSeeds(images), images };
}

/** Reads the controls of a run that do not say of which pictures. Throws as `readControls`. */
export function readStepControls(): Omit<Settings, keyof SeedSettings | "class" | "images"> {
  const sampler = readSampler();
  return {
    ...readSharedControls(),
    sampler,
    sigmaClip: sigmaClipOf(sampler),
    variance: oneOf(checked("variance"), KINDS.variance.values),
    eta: has(sampler, "eta") ? readNumber("eta") : numberOr("eta", 0),
    steps: readNumber("steps"),
    trajectory: oneOf(find("trajectory", HTMLSelectElement).value, TRAJECTORY.values),
    clip: oneOf(find("clip", HTMLSelectElement).value, KINDS.clip.values),
    compat: find("compat", HTMLInputElement).checked && has(sampler, "compat") ? "diffusers" : undefined,
  };
}

/** Reads what every sampler shares, as the pictures of Compare do. Throws as `readControls`. */
export function readSharedControls(): Pick<Settings, "guidance" | "rng"> {
  return {
    guidance: readNumber("guidance"),
    rng: oneOf(checked("rng"), KINDS.rng.values),
  };
}

/** Sets the controls that are named, and all that hangs on them. */
export function writeControls(settings: Partial<Settings>): void {
  if (settings.class !== undefined) chooseClass(settings.class);
  if (settings.sampler !== undefined) writeSampler(settings.sampler);
  if (settings.variance !== undefined) check("variance", settings.variance);
  if (settings.rng !== undefined) check("rng", settings.rng);
  for (const name of ["eta", "sigmaClip", "steps", "images", "guidance"] as const) {
    const value = settings[name];
    if (value !== undefined) find(fieldOf(name), HTMLInputElement).value = String(value);
  }
  // A run says all of its steps.
  if (settings.compat || settings.steps !== undefined) find("compat", HTMLInputElement).checked = !!settings.compat;
  writeSeeds(settings);
  followNumbers();
  writeOwn(settings);
}

/** Whether every run of one's own rolls a seed. */
export function freshSeeds(): boolean {
  return find("fresh-seed", HTMLInputElement).checked;
}

/** Keeps the seed that stands there for the next runs too, or rolls one for each again. */
export function keepSeed(kept = true): void {
  find("fresh-seed", HTMLInputElement).checked = !kept;
  byHand = false;
}

/** Whether the visitor chose that the seed is kept, as against a link that has one. */
let byHand = false;

/** Whether the controls ask for these settings once more, though the visitor never said that the seed is to stay: a link did. */
export function repeats(settings: Settings): boolean {
  if (freshSeeds() || byHand) return false;
  try {
    return JSON.stringify(readControls()) === JSON.stringify(settings);
  } catch {
    return false;
  }
}

/** Connects the controls with each other; `onChange` is called with the name of each that was changed. */
export function connectControls(onChange: (control: Control) => void): void {
  const changed = (control: Control) => {
    clearProblem(control);
    onChange(control);
  };
  for (const name of ["eta", "guidance"] as const) pair(name, String, Number, () => changed(name));
  pair("images", String, Number, () => {
    writePart(undefined, 1);
    changed("images");
  });
  pair(
    "steps",
    stopOf,
    (slide) => STEP_STOPS[slide] ?? 50,
    () => changed("steps"),
  );
  for (const group of ["sampler", "base", "variance", "rng"] as const) {
    for (const radio of radios(group)) {
      radio.addEventListener("change", () => {
        showSampler(numberIn("eta"));
        changed(group === "base" ? "sampler" : group);
      });
    }
  }
  find("sigma-clip", HTMLInputElement).addEventListener("input", () => changed("sigma-clip"));
  for (const name of ["trajectory", "clip"] as const) {
    find(name, HTMLSelectElement).addEventListener("change", () => {
      followNumbers();
      changed(name);
    });
  }
  find("compat").addEventListener("change", () => changed("compat"));
  find("class-chips").addEventListener("change", () => changed("class"));
  connectSeed(() => changed("seed"));
  followNumbers();
}

function connectSeed(changed: () => void): void {
  const seed = find("seed", HTMLInputElement);
  const write = (settings: Partial<Settings>) => {
    keepSeed();
    byHand = true;
    writeControls(settings);
    changed();
  };
  find("fresh-seed", HTMLInputElement).addEventListener("change", () => {
    byHand = true;
  });
  seed.addEventListener("input", () => {
    writePart(undefined, 1);
    const seeds = typedSeeds();
    write(seeds ? { images: seeds.length } : {});
  });
  find("dice", HTMLButtonElement).addEventListener("click", () => write({ seed: rollSeed() }));
  find("part-drop", HTMLButtonElement).addEventListener("click", () => {
    const [, of = 1] = readPart() ?? [];
    write({ seed: readSeed(), images: Math.min(of, MOST_IMAGES) });
    seed.focus();
  });
}

/** A number and its slider: each follows the other. */
function pair(
  name: "eta" | "steps" | "images" | "guidance",
  toSlide: (n: number) => string,
  fromSlide: (n: number) => number,
  changed: () => void,
) {
  const number = find(name, HTMLInputElement);
  const slide = find(`${name}-slide`, HTMLInputElement);
  number.addEventListener("input", () => {
    slide.value = toSlide(number.valueAsNumber);
    followNumbers();
    changed();
  });
  slide.addEventListener("input", () => {
    number.value = String(fromSlide(slide.valueAsNumber));
    followNumbers();
    changed();
  });
}

/** The stop nearest to a number of steps, by ratio. */
function stopOf(steps: number): string {
  const distance = (stop: number) => Math.abs(Math.log(stop / Math.max(1, steps)));
  const nearest = STEP_STOPS.reduce((best, stop) => (distance(stop) < distance(best) ? stop : best), STEP_STOPS[0]);
  return String(STEP_STOPS.indexOf(nearest));
}

/** Moves the sliders to their numbers, and fills their tracks up to the thumb. */
function followNumbers(): void {
  followTimesteps();
  const steps = find("steps-slide", HTMLInputElement);
  steps.value = stopOf(numberIn("steps"));
  steps.setAttribute("aria-valuetext", find("steps", HTMLInputElement).value);
  for (const name of ["eta", "images", "guidance"]) {
    find(`${name}-slide`, HTMLInputElement).value = find(name, HTMLInputElement).value;
  }
  fillTracks();
  find("guidance-note").hidden = numberIn("guidance") === 1;
  showSampler(numberIn("eta"));
}

/** Sets of how many timesteps the model was trained on: a run has no more steps. */
export function limitSteps(timesteps: number): void {
  trained = timesteps;
  followNumbers();
}

let trained = 1000;

/** The field for steps takes what the engine takes: with some trajectories no single step, and only VDM's own is free of the model's timesteps. */
function followTimesteps(): void {
  const [number, slide] = [find("steps", HTMLInputElement), find("steps-slide", HTMLInputElement)];
  const { value } = find("trajectory", HTMLSelectElement);
  number.min = value === "even" || value === "optimal" ? "2" : "1";
  number.max = String(value === "own" ? MOST_STEPS : Math.min(MOST_STEPS, trained));
  slide.max = String(STEP_STOPS.filter((stop) => stop <= Number(number.max)).length - 1);
}

/** Fills the tracks of the panel's sliders up to their thumbs. */
export function fillTracks(): void {
  for (const slide of document.querySelectorAll<HTMLInputElement>(".panel input[type=range]")) {
    const [least, most] = [Number(slide.min), Number(slide.max)];
    slide.style.setProperty("--filled", `${(100 * (slide.valueAsNumber - least)) / (most - least)}%`);
  }
}

/** What decides the noise of so many images. */
function readSeeds(images: number): SeedSettings {
  const seeds = typedSeeds();
  if (!seeds) return { seed: readSeed(), first: readPart() };
  if (seeds.length !== images) {
    throw new ControlError("invalid-seed", `${capital(t("seedsCount", { seeds: seeds.length, images }))}.`);
  }
  return { seed: readSeed(), seeds };
}

/** The seed of Generate; of several, the first. */
export function readSeed(): number {
  const [first] = typedSeeds() ?? [];
  return first ?? readSeedIn(find("seed", HTMLInputElement).value, t("nameOfSeed"), "seed");
}

function numberIn(name: string): number {
  return find(name, HTMLInputElement).valueAsNumber;
}
