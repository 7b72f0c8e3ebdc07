/** The frames at a glance: a row under the large picture, or a square beside it. */

import { context2d, make } from "../../ui/dom.ts";
import { canvasOf, idleNoise, type PictureShape } from "../../ui/pixels.ts";
import type { FramePixels } from "./frames.ts";
import type { Layout } from "./settings.ts";

/** How strongly a frame is drawn: the frame itself, a guess at it, one that stands in, the noise where nothing is. */
const STRENGTH = { ready: 1, guess: 1, near: 0.34, noise: 0.2 } as const;

/** A frame in a row is at most and at least so many CSS pixels high. */
const MOST_HIGH = 72;
const LEAST_HIGH = 30;

/** What a film shows. */
export interface FilmSource {
  layout: Layout;
  shape: PictureShape;
  at(frame: number): FramePixels | undefined;
  /** The frame that is looked at. */
  shown: number;
}

/** Where a frame lies on the canvas. */
interface Cell {
  x: number;
  y: number;
  side: number;
}

/** A canvas of frames, each a square; its `border-color` marks the frame that is shown. */
export class Film {
  readonly canvas: HTMLCanvasElement;
  private readonly sheets = new WeakMap<Uint8Array, HTMLCanvasElement>();
  private noise: HTMLCanvasElement | undefined;
  private source: FilmSource | undefined;

  /** Makes the canvas, and follows its size. */
  constructor(id: string) {
    this.canvas = make("canvas", { id, "aria-hidden": "true" });
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** Shows these frames. */
  show(source: FilmSource): void {
    this.source = source;
    this.draw();
  }

  /** The frame at a place on the page. */
  frameAt(x: number, y: number): number {
    const box = this.canvas.getBoundingClientRect();
    const { columns, rows } = this.source?.layout ?? { columns: 1, rows: 1 };
    const index = (part: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor(part * count)));
    return index((y - box.top) / box.height, rows) * columns + index((x - box.left) / box.width, columns);
  }

  private draw(): void {
    const { source, canvas } = this;
    if (!source || canvas.clientWidth === 0) return;
    this.measure(source.layout);
    const context = context2d(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (let frame = 0; frame < source.layout.columns * source.layout.rows; frame++) {
      const cell = this.cell(frame, source.layout);
      const found = source.at(frame);
      const sheet = found ? this.sheet(found.pixels, source) : this.grains();
      context.imageSmoothingEnabled = sheet.width > cell.side;
      context.globalAlpha = STRENGTH[found?.kind ?? "noise"];
      context.drawImage(sheet, cell.x, cell.y, cell.side, cell.side);
      context.globalAlpha = 1;
    }
    this.mark(context, this.cell(source.shown, source.layout));
  }

  /** Gives the canvas as many pixels as the screen has there; a row is as high as its frames are wide. */
  private measure({ columns, rows }: Layout): void {
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const cell = canvas.clientWidth / columns;
    canvas.parentElement?.style.setProperty("--cell", `${cell}px`);
    const high = rows > 1 ? canvas.clientHeight : Math.min(MOST_HIGH, Math.max(LEAST_HIGH, Math.floor(cell)));
    if (rows === 1) canvas.parentElement?.style.setProperty("--high", `${high}px`);
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    canvas.height = Math.max(1, Math.round(high * ratio));
  }

  private cell(frame: number, { columns, rows }: Layout): Cell {
    const { width, height } = this.canvas;
    const [across, down] = [width / columns, height / rows];
    const side = Math.max(1, Math.floor(Math.min(across, down) * (columns > 20 ? 0.94 : 0.9)));
    const x = Math.round(((frame % columns) + 0.5) * across - side / 2);
    const y = Math.round((Math.floor(frame / columns) + 0.5) * down - side / 2);
    return { x, y, side };
  }

  private mark(context: CanvasRenderingContext2D, { x, y, side }: Cell): void {
    const line = Math.max(2, Math.round(2 * (window.devicePixelRatio || 1)));
    context.strokeStyle = getComputedStyle(this.canvas).borderTopColor;
    context.lineWidth = line;
    context.strokeRect(x - line / 2 + 1, y - line / 2 + 1, side + line - 2, side + line - 2);
  }

  private sheet(pixels: Uint8Array, { layout, shape }: FilmSource): HTMLCanvasElement {
    let sheet = this.sheets.get(pixels);
    if (!sheet) {
      sheet = canvasOf({ pixels, count: layout.images, shape });
      this.sheets.set(pixels, sheet);
    }
    return sheet;
  }

  private grains(): HTMLCanvasElement {
    this.noise ??= canvasOf({ pixels: idleNoise(28 * 28), count: 1, shape: [1, 28, 28] });
    return this.noise;
  }
}
