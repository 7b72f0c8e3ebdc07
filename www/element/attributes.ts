/** Reads the element's attributes: strings in, checked options out, and what is wrong in words. */
import { type Blend, type SampleOptions, UnnoiseError } from "../src/index.ts";
import { shortened } from "../ui/words.ts";
import { texts } from "./texts.ts";

/** Which picture of a step is shown: the predicted image, or the noisy image after the step. */
export type Show = "x0" | "xt";

/** What stands under the picture: everything, a line that shows how far it is, or nothing. */
export type Controls = "full" | "minimal" | "none";

/** Which module computes. */
export type BackendChoice = "auto" | "cpu" | "webgpu";

const NAMES = {
  sampler: ["ddim", "ddpm", "analytic-ddpm", "analytic-ddim", "vdm"],
  variance: ["small", "large"],
  clip: ["none", "x0", "x0-eps"],
  rng: ["philox", "torch"],
  backend: ["auto", "cpu", "webgpu"],
  show: ["x0", "xt"],
  controls: ["full", "minimal", "none"],
} as const satisfies Record<string, readonly string[]>;

const TRAJECTORIES = ["leading", "trailing", "linspace", "even", "quadratic", "optimal"] as const;

type Named = keyof typeof NAMES;
type NameOf<K extends Named> = (typeof NAMES)[K][number];

/** Attributes that say how a run samples. They count from the next run on. */
export const SAMPLING = [
  "model",
  "backend",
  "sampler",
  "variance",
  "steps",
  "eta",
  "trajectory",
  "clip",
  "sigma-clip",
  "seed",
  "seeds",
  "first",
  "rng",
  "labels",
  "guidance",
  "batch",
  "to",
  "at",
  "branch",
] as const;

/** Attributes that say how it is shown. They count at once. */
export const VIEWING = ["show", "scale", "smooth", "controls", "columns", "aspect", "autoplay", "loop"] as const;

/** How the element looks and behaves; where an attribute makes no sense, its default. */
export interface Look {
  show: Show;
  /** CSS pixels per pixel of a picture; undefined: as large as fits. */
  scale: number | undefined;
  smooth: boolean;
  controls: Controls;
  columns: number;
  rows: number;
  /** Width / height of one picture. */
  aspect: number;
  autoplay: boolean;
  loop: boolean;
}

/** The most images of a run: so many places are laid out before the engine has refused more. */
const MOST_IMAGES = 4096;

/** What the attributes ask for. */
export interface Wanted {
  /** Address of the model's folder, as it is written. */
  model: string | undefined;
  backend: BackendChoice;
  /** Everything but the classes, whose names only the model knows. */
  options: SampleOptions;
  labels: string | undefined;
  images: number;
  look: Look;
  /** What is wrong with the attributes; a run needs that there is nothing. */
  problems: UnnoiseError[];
}

/** Reads an element's attributes. */
export function readAttributes(element: Element): Wanted {
  const reader = new Reader(element);
  const blend = blendOf(reader);
  const batch = reader.whole("batch", 1);
  const seeds = reader.seeds();
  const images = blend?.at.length ?? seeds?.length ?? batch ?? 1;
  const options = defined({
    sampler: reader.name("sampler"),
    variance: reader.name("variance"),
    steps: reader.whole("steps", 1),
    eta: reader.number("eta"),
    trajectory: reader.trajectory(),
    clip: reader.name("clip"),
    sigmaClip: reader.number("sigma-clip"),
    seed: reader.whole("seed", 0),
    seeds,
    first: reader.first(),
    rng: reader.name("rng"),
    guidance: reader.number("guidance"),
    batch,
    blend,
    branch: reader.whole("branch", 0),
  });
  const model = reader.text("model");
  const backend = reader.name("backend") ?? "auto";
  const labels = reader.text("labels");
  return {
    model,
    backend,
    options,
    labels,
    images,
    look: lookOf(reader, Math.min(images, MOST_IMAGES)),
    problems: reader.problems,
  };
}

/** An attribute's value that cannot be taken, worded as the library words its own. */
export function refused(name: string, value: string | undefined, allowed: string): UnnoiseError {
  const given = value === undefined ? "absent" : JSON.stringify(shortened(value));
  return new UnnoiseError(`invalid-${name}`, `\`${name}\` is ${given}; allowed is ${allowed}`);
}

function blendOf(reader: Reader): Blend | undefined {
  const to = reader.whole("to", 0);
  const at = reader.fractions();
  if (at && !reader.flag("to")) reader.problems.push(refused("to", undefined, texts.toAllowed));
  return to === undefined ? undefined : { seeds: [to], at: at ?? [0.5] };
}

function lookOf(reader: Reader, images: number): Look {
  const columns = Math.min(images, reader.whole("columns", 1) ?? Math.ceil(Math.sqrt(images)));
  return {
    show: reader.name("show") ?? "x0",
    scale: reader.whole("scale", 1),
    smooth: reader.flag("smooth"),
    controls: reader.name("controls") ?? "full",
    columns,
    rows: Math.ceil(images / columns),
    aspect: reader.aspect() ?? 1,
    autoplay: reader.flag("autoplay"),
    loop: reader.flag("loop"),
  };
}

/** Reads one attribute after the other and keeps what is wrong. */
class Reader {
  readonly problems: UnnoiseError[] = [];
  readonly #element: Element;

  constructor(element: Element) {
    this.#element = element;
  }

  text(name: string): string | undefined {
    return this.#element.getAttribute(name)?.trim() || undefined;
  }

  flag(name: string): boolean {
    return this.#element.hasAttribute(name);
  }

  name<K extends Named>(name: K): NameOf<K> | undefined {
    const allowed: readonly NameOf<K>[] = NAMES[name];
    return this.#parse(name, quoted(allowed), (value) => allowed.find((candidate) => candidate === value));
  }

  number(name: string): number | undefined {
    return this.#parse(name, texts.numberAllowed, finite);
  }

  whole(name: string, least: number): number | undefined {
    return this.#parse(name, texts.wholeAllowed(least), (value) => {
      const number = finite(value);
      return isWhole(number, least) ? number : undefined;
    });
  }

  seeds(): number[] | undefined {
    return this.#parse("seeds", texts.seedsAllowed, (value) => {
      const list = numbers(value);
      return list?.every((seed) => isWhole(seed, 0)) ? list : undefined;
    });
  }

  first(): SampleOptions["first"] {
    return this.#parse<number | [number, number]>("first", texts.firstAllowed, (value) => {
      const [image, of, ...more] = numbers(value) ?? [];
      if (image === undefined || !isWhole(image, 0) || more.length > 0) return undefined;
      if (of === undefined) return image;
      return isWhole(of, image + 1) ? [image, of] : undefined;
    });
  }

  trajectory(): SampleOptions["trajectory"] {
    return this.#parse("trajectory", texts.trajectoryAllowed(quoted(TRAJECTORIES)), (value) => {
      return TRAJECTORIES.find((candidate) => candidate === value) ?? numbers(value);
    });
  }

  fractions(): number[] | undefined {
    return this.#parse("at", texts.fractionsAllowed, (value) => {
      const list = numbers(value);
      return list?.every((fraction) => fraction >= 0 && fraction <= 1) ? list : undefined;
    });
  }

  aspect(): number | undefined {
    return this.#parse("aspect", texts.aspectAllowed, (value) => {
      const [width = Number.NaN, height = 1, ...more] = value.split("/").map((part) => finite(part) ?? Number.NaN);
      const aspect = more.length === 0 ? width / height : Number.NaN;
      return width > 0 && aspect >= 0.01 && aspect <= 100 ? aspect : undefined;
    });
  }

  #parse<T>(name: string, allowed: string, parse: (value: string) => T | undefined): T | undefined {
    const value = this.#element.getAttribute(name);
    if (value === null) return undefined;
    const parsed = parse(value.trim());
    if (parsed === undefined) this.problems.push(refused(name, value, allowed));
    return parsed;
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

function isWhole(number: number | undefined, least: number): boolean {
  return Number.isSafeInteger(number) && Number(number) >= least;
}

function finite(text: string): number | undefined {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : undefined;
}

/** Numbers between commas or spaces. */
function numbers(text: string): number[] | undefined {
  const list = text.split(/\s*,\s*|\s+/).map(finite);
  return list.every((number) => number !== undefined) ? list : undefined;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The entries that are there. */
function defined<T extends object>(entries: T): Defined<T> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Defined<T>;
}
