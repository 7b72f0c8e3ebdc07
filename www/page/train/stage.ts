/** What stands on the stage: data, samples, their ways, and the score field. */

import { effect } from "@preact/signals-core";
import { reducedMotion } from "../../ui/dom.ts";
import { Plane } from "./plane.ts";
import { diffused, levelAt } from "./process.ts";
import type { Field, Store } from "./state.ts";

/** So many samples show their way. */
const PATHS = 40;

/** How long samples take to their new places, in milliseconds. */
const MOVE_MS = 350;

/** Length of the longest arrow, in units of the plane: arrows do not meet. */
const ARROW = 0.26;

/** How long playing from noise to data takes, in milliseconds. */
const PLAY_MS = 2600;

/** Draws the stage whenever what it shows has changed. */
export class Stage {
  private readonly store: Store;
  private canvas: HTMLCanvasElement | undefined;
  private frame = 0;
  /** The samples as they stand, and where they come from and go to. */
  private move: { from: Float32Array; to: Float32Array; began: number } | undefined;
  private played = 0;
  /** Ends what follows the canvas at hand. */
  private readonly ends: (() => void)[] = [];

  constructor(store: Store) {
    this.store = store;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.ask());
  }

  /** Takes the canvas, once it is there. */
  readonly attach = (element?: Element): void => {
    if (!(element instanceof HTMLCanvasElement) || element === this.canvas) return;
    for (const end of this.ends.splice(0)) end();
    this.canvas = element;
    const observer = new ResizeObserver(() => this.ask());
    observer.observe(element);
    const { store } = this;
    const redraw = effect(() => {
      const { points, film, field, shown, withData, withPaths, withField, withExact, at, levels, lines, asked } = store;
      for (const { value } of [
        points,
        film,
        field,
        shown,
        withData,
        withPaths,
        withField,
        withExact,
        at,
        levels,
        lines,
      ])
        void value;
      void asked.set.value;
      this.ask();
    });
    const play = effect(() => {
      if (store.playing.value) this.play();
    });
    this.ends.push(() => observer.disconnect(), redraw, play);
  };

  /** Draws with the next picture of the screen. */
  private ask(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.canvas?.clientWidth) this.draw(new Plane(this.canvas));
    });
  }

  private draw(plane: Plane): void {
    const { points, film, shown, withData, withPaths, withField, at, levels, t, asked } = this.store;
    const frame = film.value?.frames[at.value];
    const forward = shown.value === "forward";
    if (withData.value || (!frame && !forward)) plane.dots(points.value, "quiet", 1.4, frame || forward ? 0.55 : 0.9);
    if (withField.value && film.value) this.field(plane);
    if (withPaths.value && !forward) this.paths(plane);
    if (forward && levels.value) {
      const kept = levelAt(levels.value, t.value);
      plane.dots(diffused(points.value, kept, asked.seed.value), "ink", 1.6, 0.8);
    } else if (frame) {
      plane.dots(this.moving(shown.value === "x0" ? frame.x0 : frame.x), "accent", 2.1, 0.95);
    }
  }

  /** Where samples are on their way to new places. */
  private moving(to: Float32Array): Float32Array {
    const now = performance.now();
    const { move } = this;
    if (move?.to !== to) {
      const from = move ? between(move.from, move.to, (now - move.began) / MOVE_MS) : to;
      const jumps = reducedMotion() || this.store.playing.value || from.length !== to.length;
      this.move = { from: jumps ? to : from, to, began: now };
    }
    const { from, began } = this.move ?? { from: to, began: now };
    const share = (now - began) / MOVE_MS;
    if (from !== to && share < 1) this.ask();
    return between(from, to, share);
  }

  private paths(plane: Plane): void {
    const { film, at, shown } = this.store;
    const frames = film.value?.frames.slice(0, at.value + 1) ?? [];
    for (let i = 0; i < PATHS; i++) {
      const way = frames.flatMap(({ x, x0 }) => {
        const of = shown.value === "x0" ? x0 : x;
        return [of[2 * i] ?? 0, of[2 * i + 1] ?? 0];
      });
      plane.line(way, "ink", 1, 0.42);
    }
  }

  private field(plane: Plane): void {
    const field: Field | undefined = this.store.field.value;
    if (!field) return;
    const { at, learned, exact } = field;
    const scale = ARROW / lengthOf(learned, 0.9);
    if (exact && this.store.withExact.value) plane.arrows(at, exact, scale, ARROW, ["accent", 3.5, 0.55]);
    plane.arrows(at, learned, scale, ARROW, ["ink", 1.1, 0.9]);
  }

  /** Goes once from noise to data. */
  private play(): void {
    const { at, times, playing } = this.store;
    const last = times.peek().length - 1;
    const from = at.peek() >= last ? 0 : at.peek();
    const began = performance.now() - (PLAY_MS * from) / last;
    const turn = ++this.played;
    const tick = () => {
      if (!playing.peek() || turn !== this.played) return;
      const step = Math.min(last, Math.floor(((performance.now() - began) / PLAY_MS) * last));
      at.value = step;
      if (step < last) requestAnimationFrame(tick);
      else playing.value = false;
    };
    tick();
  }
}

/** Points on the way from some to others, which slows down towards its end. */
function between(from: Float32Array, to: Float32Array, share: number): Float32Array {
  if (share >= 1 || from === to) return to;
  const eased = 1 - (1 - Math.max(0, share)) ** 3;
  return to.map((value, i) => (from[i] ?? value) + eased * (value - (from[i] ?? value)));
}

/** The length that this part of the arrows does not exceed. */
function lengthOf(arrows: Float32Array, part: number): number {
  const lengths = Array.from({ length: arrows.length / 2 }, (_, i) =>
    Math.hypot(arrows[2 * i] ?? 0, arrows[2 * i + 1] ?? 0),
  ).sort((a, b) => a - b);
  return Math.max(lengths[Math.floor(part * (lengths.length - 1))] ?? 1, 1e-6);
}
