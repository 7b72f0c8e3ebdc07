/** `<diffusion-sampler>`: takes attributes and calls, and passes them on; gives back what it was given when it is removed. */

import { type Model, type Step, UnnoiseError } from "../src/index.ts";
import { reducedMotion } from "../ui/dom.ts";
import type { Which } from "../ui/frame.ts";
import { attributeOf } from "../ui/options.ts";
import { obstacle } from "../ui/support.ts";
import { PROPERTIES, readAttributes, type Wanted } from "./attributes.ts";
import type { Outcome, SamplerDetails, State } from "./events.ts";
import { ReflectedElement } from "./properties.ts";
import { Session } from "./session.ts";
import { Sight } from "./sight.ts";
import { inEnglish, type Key, languageOf, speakerOf } from "./texts.ts";
import { View } from "./view.ts";

/** How long a finished picture stands before `loop` begins again, in milliseconds. */
const REST_MS = 1500;

/**
 * Runs a diffusion model in the page and shows every step.
 *
 * Attributes, slots, parts and custom properties are those of docs/element.md. All elements of a page share one engine per back end and
 * one copy of the weights per model. Attributes that say how a run samples count from the next run on; the others at once.
 */
export class DiffusionSampler extends ReflectedElement {
  static readonly observedAttributes: readonly string[] = [...PROPERTIES.map(attributeOf), "lang"];

  readonly #session: Session;
  readonly #view: View;
  readonly #sight = new Sight(this, () => this.#seen());
  #wanted: Wanted = readAttributes(this);
  #refusal: string | undefined;
  #obstacle: Key | undefined;
  #language: string | undefined;
  #awake = false;
  #interrupted = false;
  #scheduled = false;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.#session = new Session({
      changed: () => this.#update(),
      emit: (type, detail) => this.#emit(type, detail),
      rested: () => this.#rested(),
    });
    this.#view = new View(this.attachShadow({ mode: "open" }), {
      generate: () => void this.generate(),
      play: () => this.play(),
      pause: () => this.pause(),
      step: () => void this.step(),
      stop: () => this.stop(),
      seek: (step) => this.seek(step),
      show: (which: Which) => {
        this.show = which;
      },
    });
  }

  /** How it stands: "idle", "loading", "running" (paused or not), "complete", "stopped" or "failed". */
  get state(): State {
    return this.#session.state;
  }

  /** Whether nothing moves by itself, or would if it could be seen. */
  get paused(): boolean {
    return this.#session.paused;
  }

  /** The step that is shown. */
  get current(): Step | undefined {
    return this.#session.player?.frame?.source;
  }

  /** The model of its runs, once it is there: for calls of one's own, such as `diffuse`. */
  get loaded(): Model | undefined {
    return this.#session.model;
  }

  /**
   * Begins a run, in place of one at hand. It waits while the element cannot be seen, and it never rejects: what goes wrong is
   * told by the event "error".
   *
   * @returns How it ended: "complete"; "stopped", also by another call; "failed".
   */
  generate(): Promise<Outcome> {
    clearTimeout(this.#rest);
    this.#interrupted = false;
    this.#read();
    return this.#session.generate(this.#wanted);
  }

  /** Goes on, or looks at a finished run again; begins one where there is none. */
  play(): void {
    clearTimeout(this.#rest);
    if (!this.#session.play()) void this.generate();
  }

  /** Holds still; the step that is being computed is kept. */
  pause(): void {
    clearTimeout(this.#rest);
    this.#session.pause();
  }

  /** Holds still and goes one step forward, also where nothing has been run yet, or while loading. */
  step(): Promise<void> {
    clearTimeout(this.#rest);
    this.#read();
    return this.#session.step(this.#wanted);
  }

  /** Ends the run, or the loading; what has been computed stays. */
  stop(): void {
    clearTimeout(this.#rest);
    this.#session.stop();
  }

  /** Holds still and shows a step, counted from 1, or the last computed before it. */
  seek(step: number): void {
    clearTimeout(this.#rest);
    if (Number.isFinite(step)) this.#session.player?.seek(step);
  }

  connectedCallback(): void {
    // Moved within the page: everything is still there.
    if (this.#awake) return;
    this.#awake = true;
    this.upgradeProperties();
    this.#obstacle = obstacle();
    this.#view.start();
    this.#sight.start();
    this.#read();
    this.#schedule();
  }

  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (!this.isConnected && this.#awake) this.#sleep();
    });
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.#awake || before === after) return;
    if (name === "model" || name === "backend") this.#session.reset();
    this.#read();
    this.#schedule();
  }

  /** Gives everything back. The last picture stays, and can be looked through once the element is in a page again. */
  #sleep(): void {
    this.#awake = false;
    this.#interrupted = this.#session.busy;
    clearTimeout(this.#rest);
    this.#sight.stop();
    this.#view.stop();
    this.#session.close();
  }

  /** Takes the attributes as they are; what shows at once is shown at once, so that the size is there before the first paint. */
  #read(): void {
    this.#wanted = readAttributes(this);
    this.#view.lay(this.#wanted.look);
    void this.#speak();
    this.#update();
  }

  /** Speaks the language of the place where it stands; until its texts are there, it says nothing. */
  async #speak(): Promise<void> {
    const language = languageOf(this);
    if (language === this.#language) return;
    this.#language = language;
    const found = speakerOf(language);
    const t = found instanceof Promise ? await found : found;
    if (language !== this.#language) return;
    this.#view.speak(t);
    this.#update();
  }

  /** Once all attributes of a change are there: says what is wrong with them, or takes up `autoplay`. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#awake) return;
      this.#judge();
      this.#autoplay();
    });
  }

  #judge(): void {
    const hindrance = this.#obstacle === undefined ? [] : [new UnnoiseError("unsupported", inEnglish(this.#obstacle))];
    const [problem] = [...hindrance, ...this.#wanted.problems];
    const refusal = problem?.message;
    if (refusal === this.#refusal) return;
    const stale = this.#session.error !== undefined && this.#session.error.message === this.#refusal;
    this.#refusal = refusal;
    if (problem) this.#session.refuse(problem);
    else if (stale) this.#session.accept();
  }

  #seen(): void {
    this.#session.hold(!this.#sight.visible);
    this.#autoplay();
  }

  #autoplay(): void {
    const fresh = this.#session.state === "idle" || this.#interrupted;
    if (!fresh || !this.#sight.visible || !this.#wanted.look.autoplay || reducedMotion()) return;
    if (this.#wanted.problems.length > 0 || this.#wanted.model === undefined || this.#session.error) return;
    void this.generate();
  }

  #rested(): void {
    if (!this.#wanted.look.loop || reducedMotion() || !this.#awake) return;
    this.#rest = setTimeout(() => {
      const { seed = this.#wanted.options.seeds } = this.#wanted.options;
      if (seed === undefined) void this.generate();
      else this.play();
    }, REST_MS);
  }

  #update(): void {
    this.#view.update(this.#session, this.#wanted.look, this.#wanted.images, this.#obstacle);
  }

  #emit<K extends keyof SamplerDetails>(type: K, detail: SamplerDetails[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}
