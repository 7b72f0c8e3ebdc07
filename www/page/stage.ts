/** The canvas that shows a frame: its pictures in a grid, each pixel a square. */

import { context2d } from "./dom.ts";
import { fitGrid, type Grid } from "./grid.ts";

/** Pictures to be shown: bytes in NCHW order, and their shape. */
export interface Pictures {
  pixels: Uint8Array;
  count: number;
  shape: readonly [channels: number, height: number, width: number];
}

/** Draws pictures on a canvas that fills its parent, again whenever the parent's size changes. */
export class Stage {
  private readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private readonly sheet = document.createElement("canvas");
  private pictures: Pictures | undefined;
  private smooth = false;

  /** Takes over this canvas. */
  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    this.context = context2d(canvas);
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
  }

  /** Shows these pictures; `alternative` is what they are called for those who do not see them. */
  show(pictures: Pictures, alternative: string): void {
    this.pictures = pictures;
    if (this.canvas.getAttribute("aria-label") !== alternative) this.canvas.setAttribute("aria-label", alternative);
    this.copy(pictures);
    this.draw();
  }

  /** True: pictures are interpolated when enlarged; false: each pixel stays a square. */
  setSmooth(smooth: boolean): void {
    this.smooth = smooth;
    this.draw();
  }

  private resize(): void {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.draw();
  }

  /** Copies the pictures to a canvas of their own size, one below the other. */
  private copy({ pixels, count, shape: [channels, height, width] }: Pictures): void {
    this.sheet.width = width;
    this.sheet.height = height * count;
    const image = new ImageData(width, height * count);
    const area = width * height;
    for (let picture = 0; picture < count; picture++) {
      for (let i = 0; i < area; i++) {
        const from = picture * channels * area + i;
        const to = 4 * (picture * area + i);
        for (let colour = 0; colour < 3; colour++) {
          image.data[to + colour] = pixels[from + (channels === 3 ? colour * area : 0)] ?? 0;
        }
        image.data[to + 3] = 255;
      }
    }
    context2d(this.sheet).putImageData(image, 0, 0);
  }

  private draw(): void {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.pictures) return;
    const { count, shape } = this.pictures;
    const size = { width: shape[2], height: shape[1] };
    const grid: Grid = fitGrid(count, this.canvas, size);
    this.context.imageSmoothingEnabled = this.smooth || grid.scale < 1;
    this.context.imageSmoothingQuality = "high";
    const width = Math.round(size.width * grid.scale);
    const height = Math.round(size.height * grid.scale);
    for (const [index, { x, y }] of grid.places.entries()) {
      this.context.drawImage(this.sheet, 0, index * size.height, size.width, size.height, x, y, width, height);
    }
  }
}
