/** The canvas that shows a frame: its pictures in a grid, each pixel a square. */
import { context2d, mark } from "./dom.ts";
import type { Grid, Size } from "./grid.ts";
import { draw, idleNoise, type PictureShape, type Pictures, sheetOf } from "./pixels.ts";

/** Where so many pictures of a size lie on a stage. */
type LayOut = (count: number, stage: Size, picture: Size) => Grid;

/** Draws pictures on a canvas that fills its parent, again whenever the parent's size changes. */
export class Stage {
  #pictures: Pictures | undefined;
  #smooth = false;
  /** The noise that is shown before there is a picture. */
  #idle: Pictures | undefined;
  readonly #canvas: HTMLCanvasElement;
  /** The pictures in their own size, below each other. */
  readonly #sheet = document.createElement("canvas");
  readonly #observer = new ResizeObserver(() => this.#resize());

  readonly #layOut: LayOut;
  /** Pictures of the first row, as they were last drawn. */
  columns = 1;

  /** Takes over this canvas. */
  constructor(canvas: HTMLCanvasElement, layOut: LayOut) {
    this.#canvas = canvas;
    this.#layOut = layOut;
  }

  /** Follows the canvas's size. */
  start(): void {
    this.#observer.observe(this.#canvas);
    this.#resize();
  }

  /** Follows it no more. */
  stop(): void {
    this.#observer.disconnect();
  }

  /** Shows these pictures; `alternative` is what they are called for those who do not see them. */
  show(pictures: Pictures, alternative: string): void {
    mark(this.#canvas, "aria-label", alternative);
    if (pictures.pixels !== this.#pictures?.pixels) draw(this.#sheet, sheetOf(pictures, 1));
    this.#pictures = pictures;
    this.#draw();
  }

  /** Shows noise in place of so many pictures: the same for as long as nothing changes, so that the stage stands still. */
  idle(count: number, shape: PictureShape, alternative: string): void {
    if (this.#idle?.count !== count || String(this.#idle.shape) !== String(shape)) {
      this.#idle = { count, shape, pixels: idleNoise(count * shape[0] * shape[1] * shape[2]) };
    }
    this.show(this.#idle, alternative);
  }

  /** True: pictures are interpolated when enlarged; false: each pixel stays a square. */
  setSmooth(smooth: boolean): void {
    if (smooth === this.#smooth) return;
    this.#smooth = smooth;
    this.#draw();
  }

  #resize(): void {
    const width = Math.max(1, Math.round(this.#canvas.clientWidth * devicePixelRatio));
    const height = Math.max(1, Math.round(this.#canvas.clientHeight * devicePixelRatio));
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#draw();
  }

  #draw(): void {
    const context = context2d(this.#canvas);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (!this.#pictures) return;
    const { count, shape } = this.#pictures;
    const [, height, width] = shape;
    const { scale, places } = this.#layOut(count, this.#canvas, { width, height });
    this.columns = places.filter(({ y }) => y === places[0]?.y).length;
    context.imageSmoothingEnabled = this.#smooth || scale < 1;
    context.imageSmoothingQuality = "high";
    const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
    for (const [index, { x, y }] of places.entries()) {
      context.drawImage(this.#sheet, 0, index * height, width, height, x, y, across, down);
    }
  }
}
