/** Reads the element's attributes: strings in, checked options out, and what is wrong in words. */
import type { SampleOptions, UnnoiseError } from "../src/index.ts";
import { attributeOf, choice, KINDS, type Kind, type Value, whole } from "../ui/options.ts";
import { EDITING, type Edit, withEdit } from "./editing.ts";
import { refused } from "./refused.ts";

/** Width / height of one picture. */
const ASPECT: Kind<number> = {
  allowed: 'width / height of one picture, from 1 / 100 to 100, such as "1" or "4 / 3"',
  parse(text) {
    const [width = Number.NaN, height = 1, ...more] = text.split("/").map(Number);
    const aspect = more.length === 0 ? width / height : Number.NaN;
    return width > 0 && aspect >= 0.01 && aspect <= 100 ? aspect : undefined;
  },
};

/** What `to` is, where `at` stands without it. */
const TO = "a second seed, between which and `seed` the fractions of `at` lie";

/** An attribute that is there or not. */
export const FLAG: Kind<boolean> = { allowed: "", parse: () => true };

/**
 * What every attribute takes, by the names of the properties. Those that say how a run samples count from the next run on, those
 * that say how it is shown at once.
 */
export const ATTRIBUTES = {
  ...KINDS,
  ...EDITING,
  show: choice("x0", "xt"),
  scale: whole(1),
  controls: choice("full", "minimal", "none"),
  columns: whole(1),
  aspect: ASPECT,
  smooth: FLAG,
  autoplay: FLAG,
  loop: FLAG,
};

type Name = keyof typeof ATTRIBUTES;
type Given = { [K in Name]?: (typeof ATTRIBUTES)[K] extends Kind<infer T> ? T : never };

/** Their names. */
export const PROPERTIES = Object.keys(ATTRIBUTES) as Name[];

/** How the element looks and behaves; where an attribute makes no sense, its default. */
export interface Look {
  show: "x0" | "xt";
  /** CSS pixels per pixel of a picture; undefined: as large as fits. */
  scale: number | undefined;
  smooth: boolean;
  controls: "full" | "minimal" | "none";
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
  size: Value<"size"> | undefined;
  backend: Value<"backend">;
  /** Everything but the classes, whose names only the model knows. */
  options: SampleOptions;
  labels: string | undefined;
  /** What is wanted beside the model. */
  edit: Edit;
  images: number;
  look: Look;
  /** What is wrong with the attributes; a run needs that there is nothing. */
  problems: UnnoiseError[];
}

/** The objects that were given to properties in place of addresses, which no attribute can hold. */
export const OBJECTS = new WeakMap<Element, Partial<Record<Name, object>>>();

/** Reads an element's attributes. */
export function readAttributes(element: Element): Wanted {
  const problems: UnnoiseError[] = [];
  const read = (property: Name) => {
    const name = attributeOf(property);
    const value = element.getAttribute(name);
    const { parse, allowed } = ATTRIBUTES[property];
    const parsed = value === null ? OBJECTS.get(element)?.[property] : parse(value.trim());
    if (value !== null && parsed === undefined) problems.push(refused(name, value, allowed));
    return [property, parsed] as const;
  };
  const given = Object.fromEntries(PROPERTIES.map(read).filter(([, value]) => value !== undefined)) as Given;
  const { model, size, backend = "auto", labels, to, at, ...others } = given;
  const { show = "x0", scale, controls = "full", columns, aspect = 1, ...more } = others;
  const { smooth = false, autoplay = false, loop = false, ...sampled } = more;
  const { edit, sampling } = withEdit(sampled, problems);
  if (at && !element.hasAttribute("to")) problems.push(refused("to", undefined, TO));
  const blend = to === undefined ? undefined : { seeds: [to], at: at ?? [0.5] };
  const options = { ...sampling, ...(blend && { blend }) };
  const images = blend?.at.length ?? options.seeds?.length ?? options.batch ?? 1;
  const laid = Math.min(images, MOST_IMAGES);
  const across = Math.min(laid, columns ?? Math.ceil(Math.sqrt(laid)));
  const rows = Math.ceil(laid / across);
  const look = { show, scale, controls, columns: across, rows, aspect, smooth, autoplay, loop };
  return {
    model: model || undefined,
    size,
    backend,
    options,
    labels: labels || undefined,
    edit,
    images,
    look,
    problems,
  };
}
