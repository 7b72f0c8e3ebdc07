/** The strip that is noise at its left end and clear at its right: the scrubber's track and the progress bar. */

import { context2d } from "./dom.ts";

/** Side of one grain of the noise, in CSS pixels. */
const GRAIN = 2;

/** Signal that is left at a place along the strip, 0 (noise) to 1 (clear). */
function clearness(place: number): number {
  return place ** 1.4;
}

/** A canvas filled with grains. `reached` of it, 0 to 1, is drawn in full; what lies ahead is only hinted at. */
export class Strip {
  private readonly canvas: HTMLCanvasElement;
  private reached = 0;
  private grains = new Float32Array(0);

  /** Takes over this canvas, and follows its size and the colour scheme. */
  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    new ResizeObserver(() => this.resize()).observe(canvas);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.resize();
  }

  /** How far the strip is drawn in full, 0 to 1. */
  reach(fraction: number): void {
    const next = Math.min(1, Math.max(0, fraction));
    if (next === this.reached) return;
    this.reached = next;
    this.draw();
  }

  private resize(): void {
    const width = Math.max(1, Math.round(this.canvas.clientWidth / GRAIN));
    const height = Math.max(1, Math.round(this.canvas.clientHeight / GRAIN));
    if (this.grains.length === width * height && this.canvas.width === width) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.grains = Float32Array.from({ length: width * height }, () => Math.random());
    this.draw();
  }

  /** Each grain is clear, or a grey of its own: the further right, the more of them are clear. */
  private draw(): void {
    const { width, height } = this.canvas;
    const style = getComputedStyle(this.canvas);
    const accent = channels(style.getPropertyValue("--accent"));
    const ink = channels(style.getPropertyValue("--ink"));
    const image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const place = (i % width) / Math.max(1, width - 1);
      const grain = this.grains[i] ?? 0;
      const clear = grain < clearness(place);
      const shade = clear ? 1 : (grain * 7.13) % 1;
      const colour = clear ? accent : ink;
      image.data.set(colour, 4 * i);
      image.data[4 * i + 3] = 255 * (place < this.reached ? shade : 0.16 * shade);
    }
    context2d(this.canvas).putImageData(image, 0, 0);
  }
}

/** "#rrggbb" as three bytes. */
function channels(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.trim().slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
