/** The element's properties: each reflects the attribute of its name, as HTML's own do. */

import type { Known, Start } from "../src/index.ts";
import { attributeOf, type Kind, NUMBER } from "../ui/options.ts";
import { ATTRIBUTES, FLAG, OBJECTS, PROPERTIES } from "./attributes.ts";
import { type EDITING, PICTURE } from "./editing.ts";
import type { Told } from "./events.ts";

/** What a property takes: a list is written with commas, null or undefined removes the attribute. */
export type Settable = string | number | readonly (string | number)[] | null | undefined;

/** A property for each attribute. One that is not set is null; switches are false. */
export interface Reflected {
  /** Address of the model's folder, relative to the page. */
  get model(): string | null;
  set model(value: Settable);
  /** As `LoadOptions.size`: a side, or height and width. */
  get size(): string | null;
  set size(value: Settable);
  /** "auto", "cpu", "webgpu" or "burn". */
  get backend(): string | null;
  set backend(value: Settable);
  /** As `SampleOptions.sampler`. */
  get sampler(): string | null;
  set sampler(value: Settable);
  /** As `SampleOptions.variance`. */
  get variance(): string | null;
  set variance(value: Settable);
  /** As `SampleOptions.steps`. */
  get steps(): number | null;
  set steps(value: Settable);
  /** As `SampleOptions.eta`. */
  get eta(): number | null;
  set eta(value: Settable);
  /** As `SampleOptions.trajectory`: a name, or a list of timesteps. */
  get trajectory(): string | null;
  set trajectory(value: Settable);
  /** As `SampleOptions.clip`. */
  get clip(): string | null;
  set clip(value: Settable);
  /** As `SampleOptions.sigmaClip`; the attribute is `sigma-clip`. */
  get sigmaClip(): number | null;
  set sigmaClip(value: Settable);
  /** As `SampleOptions.compat`: "diffusers". */
  get compat(): string | null;
  set compat(value: Settable);
  /** As `SampleOptions.seed`; a new one for every run where it is not set. */
  get seed(): number | null;
  set seed(value: Settable);
  /** As `SampleOptions.seeds`: one seed per image. */
  get seeds(): string | null;
  set seeds(value: Settable);
  /** As `SampleOptions.first`: which image of the batch that the seed makes, or that and how many the batch has. */
  get first(): string | null;
  set first(value: Settable);
  /** As `SampleOptions.rng`. */
  get rng(): string | null;
  set rng(value: Settable);
  /**
   * Classes by name or number: one for all images, one for each, or two for the ends of an interpolation; "each": every class in
   * turn; "any": no class.
   */
  get labels(): string | null;
  set labels(value: Settable);
  /** As `SampleOptions.guidance`. */
  get guidance(): number | null;
  set guidance(value: Settable);
  /** As `SampleOptions.batch`: count of images. */
  get batch(): number | null;
  set batch(value: Settable);
  /** Second seed of an interpolation, which begins at `seed`. */
  get to(): number | null;
  set to(value: Settable);
  /** Where between the two seeds: a fraction for each image. Default: 0.5. */
  get at(): string | null;
  set at(value: Settable);
  /** As `SampleOptions.branch`: how many steps the images have in common. */
  get branch(): number | null;
  set branch(value: Settable);
  /** As `SampleOptions.start`, or the address of a picture, relative to the page; `startT` stands beside it. */
  get start(): string | Start | null;
  set start(value: Settable | Start);
  /** As `Start.t`; the attribute is `start-t`. */
  get startT(): number | null;
  set startT(value: Settable);
  /** As `SampleOptions.known`, or the address of a picture, relative to the page. */
  get known(): string | Known | null;
  set known(value: Settable | Known);
  /** As `Known.mask`, or the address of a picture: white is given, black or transparent is filled in. Default: what is opaque in `known`. */
  get mask(): string | Known["mask"] | null;
  set mask(value: Settable | Known["mask"]);
  /** As `Known.method`; the attribute is `known-method`. */
  get knownMethod(): string | null;
  set knownMethod(value: Settable);
  /** As `Known.jump`; the attribute is `known-jump`. */
  get knownJump(): number | null;
  set knownJump(value: Settable);
  /** As `Known.resample`; the attribute is `known-resample`. */
  get knownResample(): number | null;
  set knownResample(value: Settable);
  /** Which picture of a step is shown: "x0", the predicted one, or "xt", the noisy one. Default: "x0". */
  get show(): string | null;
  set show(value: Settable);
  /** CSS pixels per pixel of a picture, as far as they fit. Default: as many as fit. */
  get scale(): number | null;
  set scale(value: Settable);
  /** "full", "minimal" or "none". Default: "full". */
  get controls(): string | null;
  set controls(value: Settable);
  /** Pictures in a row. Default: as near to a square as may be. */
  get columns(): number | null;
  set columns(value: Settable);
  /** Width / height of one picture: "4 / 3". Default: 1. */
  get aspect(): string | null;
  set aspect(value: Settable);
  /** Whether pictures are interpolated when enlarged. */
  smooth: boolean;
  /** Whether it starts by itself once it can be seen. */
  autoplay: boolean;
  /** Whether it begins again at its end: the same run where there is a seed, else a new one. */
  loop: boolean;
}

/** Where there is no DOM (on a server) the module can be imported, and no element be made. The properties are defined below. */
const Base = (globalThis.HTMLElement ?? class {}) as unknown as abstract new () => Told & HTMLElement & Reflected;

/** An element with a property for each attribute. */
export abstract class ReflectedElement extends Base {
  abstract attributeChangedCallback(name: string, before: string | null, after: string | null): void;

  /** Takes up properties that were set before the element was defined. */
  protected upgradeProperties(): void {
    for (const name of PROPERTIES.filter((name) => Object.hasOwn(this, name))) {
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }
}

for (const name of PROPERTIES) {
  const described = { configurable: true, enumerable: true, ...accessors(ATTRIBUTES[name], attributeOf(name)) };
  Object.defineProperty(ReflectedElement.prototype, name, described);
}

function accessors(kind: Kind<unknown>, attribute: string): PropertyDescriptor & ThisType<ReflectedElement> {
  if (kind === FLAG) {
    return {
      get() {
        return this.hasAttribute(attribute);
      },
      set(value: unknown) {
        this.toggleAttribute(attribute, Boolean(value));
      },
    };
  }
  if (kind === PICTURE) return pictured(attribute as keyof typeof EDITING);
  return {
    get() {
      const value = this.getAttribute(attribute);
      return kind.range ? (NUMBER.parse(value ?? "") ?? null) : value;
    },
    set(value: Settable) {
      if (value === null || value === undefined) this.removeAttribute(attribute);
      else this.setAttribute(attribute, String(value));
    },
  };
}

/** A property that takes an object too. It stands in place of the attribute, until that is set again. */
function pictured(name: keyof typeof EDITING): PropertyDescriptor & ThisType<ReflectedElement> {
  return {
    get() {
      return this.getAttribute(name) ?? OBJECTS.get(this)?.[name] ?? null;
    },
    set(value: Settable | object) {
      const isObject = typeof value === "object" && value !== null;
      OBJECTS.set(this, { ...OBJECTS.get(this), [name]: isObject ? value : undefined });
      if (typeof value === "string" || typeof value === "number") this.setAttribute(name, String(value));
      else this.removeAttribute(name);
      // A change of an object alone is no change of an attribute.
      this.attributeChangedCallback(name, "", null);
    },
  };
}
