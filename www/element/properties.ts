/** The element's properties: each reflects the attribute of its name, as HTML's own do. */

/** What a property takes: a list is written with commas, null or undefined removes the attribute. */
export type Settable = string | number | readonly (string | number)[] | null | undefined;

/** Where there is no DOM (on a server) the module can be imported, and no element be made. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? class {};

/** An element with a property for each attribute. A property that is not set is null; switches are false. */
export abstract class ReflectedElement extends Base {
  /** Address of the model's folder, relative to the page. */
  get model(): string | null {
    return this.getAttribute("model");
  }
  set model(value: Settable) {
    this.#set("model", value);
  }

  /** "auto", "cpu" or "webgpu". */
  get backend(): string | null {
    return this.getAttribute("backend");
  }
  set backend(value: Settable) {
    this.#set("backend", value);
  }

  /** As `SampleOptions.sampler`. */
  get sampler(): string | null {
    return this.getAttribute("sampler");
  }
  set sampler(value: Settable) {
    this.#set("sampler", value);
  }

  /** As `SampleOptions.variance`. */
  get variance(): string | null {
    return this.getAttribute("variance");
  }
  set variance(value: Settable) {
    this.#set("variance", value);
  }

  /** As `SampleOptions.steps`. */
  get steps(): number | null {
    return this.#number("steps");
  }
  set steps(value: Settable) {
    this.#set("steps", value);
  }

  /** As `SampleOptions.eta`. */
  get eta(): number | null {
    return this.#number("eta");
  }
  set eta(value: Settable) {
    this.#set("eta", value);
  }

  /** As `SampleOptions.trajectory`: a name, or a list of timesteps. */
  get trajectory(): string | null {
    return this.getAttribute("trajectory");
  }
  set trajectory(value: Settable) {
    this.#set("trajectory", value);
  }

  /** As `SampleOptions.clip`. */
  get clip(): string | null {
    return this.getAttribute("clip");
  }
  set clip(value: Settable) {
    this.#set("clip", value);
  }

  /** As `SampleOptions.sigmaClip`; the attribute is `sigma-clip`. */
  get sigmaClip(): number | null {
    return this.#number("sigma-clip");
  }
  set sigmaClip(value: Settable) {
    this.#set("sigma-clip", value);
  }

  /** As `SampleOptions.seed`; a new one for every run where it is not set. */
  get seed(): number | null {
    return this.#number("seed");
  }
  set seed(value: Settable) {
    this.#set("seed", value);
  }

  /** As `SampleOptions.seeds`: one seed per image. */
  get seeds(): string | null {
    return this.getAttribute("seeds");
  }
  set seeds(value: Settable) {
    this.#set("seeds", value);
  }

  /** As `SampleOptions.first`: which image of the batch that the seed makes, or that and how many the batch has. */
  get first(): string | null {
    return this.getAttribute("first");
  }
  set first(value: Settable) {
    this.#set("first", value);
  }

  /** As `SampleOptions.rng`. */
  get rng(): string | null {
    return this.getAttribute("rng");
  }
  set rng(value: Settable) {
    this.#set("rng", value);
  }

  /**
   * Classes by name or number: one for all images, one for each, or two for the ends of an interpolation; "each": every class in
   * turn; "any": no class.
   */
  get labels(): string | null {
    return this.getAttribute("labels");
  }
  set labels(value: Settable) {
    this.#set("labels", value);
  }

  /** As `SampleOptions.guidance`. */
  get guidance(): number | null {
    return this.#number("guidance");
  }
  set guidance(value: Settable) {
    this.#set("guidance", value);
  }

  /** As `SampleOptions.batch`: count of images. */
  get batch(): number | null {
    return this.#number("batch");
  }
  set batch(value: Settable) {
    this.#set("batch", value);
  }

  /** Second seed of an interpolation, which begins at `seed`. */
  get to(): number | null {
    return this.#number("to");
  }
  set to(value: Settable) {
    this.#set("to", value);
  }

  /** Where between the two seeds: a fraction for each image. Default: 0.5. */
  get at(): string | null {
    return this.getAttribute("at");
  }
  set at(value: Settable) {
    this.#set("at", value);
  }

  /** As `SampleOptions.branch`: how many steps the images have in common. */
  get branch(): number | null {
    return this.#number("branch");
  }
  set branch(value: Settable) {
    this.#set("branch", value);
  }

  /** Which picture of a step is shown: "x0", the predicted one, or "xt", the noisy one. Default: "x0". */
  get show(): string | null {
    return this.getAttribute("show");
  }
  set show(value: Settable) {
    this.#set("show", value);
  }

  /** CSS pixels per pixel of a picture, as far as they fit. Default: as many as fit. */
  get scale(): number | null {
    return this.#number("scale");
  }
  set scale(value: Settable) {
    this.#set("scale", value);
  }

  /** "full", "minimal" or "none". Default: "full". */
  get controls(): string | null {
    return this.getAttribute("controls");
  }
  set controls(value: Settable) {
    this.#set("controls", value);
  }

  /** Pictures in a row. Default: as near to a square as may be. */
  get columns(): number | null {
    return this.#number("columns");
  }
  set columns(value: Settable) {
    this.#set("columns", value);
  }

  /** Width / height of one picture: "4 / 3". Default: 1. */
  get aspect(): string | null {
    return this.getAttribute("aspect");
  }
  set aspect(value: Settable) {
    this.#set("aspect", value);
  }

  /** Whether pictures are interpolated when enlarged. */
  get smooth(): boolean {
    return this.hasAttribute("smooth");
  }
  set smooth(value: boolean) {
    this.toggleAttribute("smooth", Boolean(value));
  }

  /** Whether it starts by itself once it can be seen. */
  get autoplay(): boolean {
    return this.hasAttribute("autoplay");
  }
  set autoplay(value: boolean) {
    this.toggleAttribute("autoplay", Boolean(value));
  }

  /** Whether it begins again at its end: the same run where there is a seed, else a new one. */
  get loop(): boolean {
    return this.hasAttribute("loop");
  }
  set loop(value: boolean) {
    this.toggleAttribute("loop", Boolean(value));
  }

  /** Takes up properties that were set before the element was defined. */
  protected upgradeProperties(): void {
    for (const name of Object.keys(this)) {
      if (!(name in ReflectedElement.prototype)) continue;
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  #number(name: string): number | null {
    const value = this.getAttribute(name);
    return value === null || value.trim() === "" || Number.isNaN(Number(value)) ? null : Number(value);
  }

  #set(name: string, value: Settable): void {
    if (value === null || value === undefined) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }
}
