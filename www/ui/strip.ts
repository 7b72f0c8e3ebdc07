/** A strip that is noise at its left end and clear at its right: the track of a scrubber, or a progress bar. */
import { context2d } from "./dom.ts";

/** Side of one grain of the noise, in CSS pixels. */
const GRAIN = 2;

/** Part of its strength at which what lies ahead is hinted at. */
const AHEAD = 0.16;

/** A canvas filled with grains: its `color` is that of the noise, its `border-color` that of the clear ones. */
export class Strip {
  #reached = 0;
  #grains = new Float32Array(0);
  readonly #canvas: HTMLCanvasElement;
  readonly #observer = new ResizeObserver(() => this.#resize());
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #draw = () => this.#paint();

  /** Takes over this canvas. */
  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Follows the canvas's size and the colour scheme. */
  start(): void {
    this.#observer.observe(this.#canvas);
    this.#dark.addEventListener("change", this.#draw);
  }

  /** Follows them no more. */
  stop(): void {
    this.#observer.disconnect();
    this.#dark.removeEventListener("change", this.#draw);
  }

  /** How far the strip is drawn in full, 0 to 1. */
  reach(fraction: number): void {
    const reached = Math.min(1, Math.max(0, fraction));
    if (reached === this.#reached) return;
    this.#reached = reached;
    this.#paint();
  }

  #resize(): void {
    const width = Math.round(this.#canvas.clientWidth / GRAIN);
    const height = Math.round(this.#canvas.clientHeight / GRAIN);
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#grains = Float32Array.from({ length: width * height }, () => Math.random());
    }
    this.#paint();
  }

  /** Each grain is clear, or a grey of its own: the further right, the more of them are clear. */
  #paint(): void {
    const { width, height } = this.#canvas;
    if (width === 0 || height === 0) return;
    const context = context2d(this.#canvas);
    const { color, borderTopColor } = getComputedStyle(this.#canvas);
    context.clearRect(0, 0, width, height);
    for (const [i, grain] of this.#grains.entries()) {
      const place = (i % width) / Math.max(1, width - 1);
      const clear = grain < place ** 1.4;
      context.fillStyle = clear ? borderTopColor : color;
      context.globalAlpha = (clear ? 1 : (grain * 7.13) % 1) * (place < this.#reached ? 1 : AHEAD);
      context.fillRect(i % width, Math.floor(i / width), 1, 1);
    }
  }
}
