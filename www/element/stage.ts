/** The canvas: pictures in a grid, each pixel a square. */
import type { Step } from "../src/index.ts";
import type { Look } from "./attributes.ts";
import { context2d } from "./dom.ts";

/** The gap between two pictures, as part of one. */
const GAP = 0.06;

/** Grains along the side of a picture of noise that stands where nothing has been made yet. */
const GRAINS = 28;

/** Draws on a canvas that fills its parent, again whenever its size changes. */
export class Stage {
  #pictures: ImageData[] = [];
  #look: Look | undefined;
  readonly #canvas: HTMLCanvasElement;
  readonly #sheet = document.createElement("canvas");
  readonly #observer = new ResizeObserver(() => this.#resize());

  /** Takes over this canvas. */
  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Follows the canvas's size. */
  start(): void {
    this.#observer.observe(this.#canvas);
  }

  /** Follows it no more. */
  stop(): void {
    this.#observer.disconnect();
  }

  /** Shows a step's pictures, or noise where there is none. */
  show(step: Step | undefined, images: number, look: Look): void {
    this.#look = look;
    const places = Math.min(images, look.columns * look.rows);
    if (step) this.#pictures = Array.from({ length: images }, (_, image) => step.rgba(look.show, image));
    else if (this.#pictures.length !== places || !this.#pictures.every((picture) => idle.has(picture))) {
      this.#pictures = Array.from({ length: places }, () => idleNoise(look.aspect));
    }
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
    const { width, height } = this.#canvas;
    const context = context2d(this.#canvas);
    context.clearRect(0, 0, width, height);
    const [first] = this.#pictures;
    if (!first || !this.#look) return;
    const { columns, rows, smooth } = this.#look;
    const scale = this.#scale(first, this.#look);
    context.imageSmoothingEnabled = smooth || scale < 1;
    context.imageSmoothingQuality = "high";
    const size = { width: Math.round(first.width * scale), height: Math.round(first.height * scale) };
    const gap = Math.round(size.width * GAP);
    const left = Math.round((width - columns * size.width - (columns - 1) * gap) / 2);
    const top = Math.round((height - rows * size.height - (rows - 1) * gap) / 2);
    this.#sheet.width = first.width;
    this.#sheet.height = first.height;
    const sheet = context2d(this.#sheet);
    for (const [index, picture] of this.#pictures.entries()) {
      sheet.putImageData(picture, 0, 0);
      const x = left + (index % columns) * (size.width + gap);
      const y = top + Math.floor(index / columns) * (size.height + gap);
      context.drawImage(this.#sheet, x, y, size.width, size.height);
    }
  }

  /** Device pixels for each pixel of a picture: whole, so that all are squares of one size, unless they do not fit. */
  #scale(picture: ImageData, { columns, rows, scale }: Look): number {
    const across = this.#canvas.width / ((columns + (columns - 1) * GAP) * picture.width);
    const down = this.#canvas.height / ((rows + (rows - 1) * GAP) * picture.height);
    const fit = Math.min(across, down);
    const wanted = Math.min(fit, scale === undefined ? fit : scale * devicePixelRatio);
    return wanted >= 1 ? Math.floor(wanted) : Math.max(wanted, 1 / 64);
  }
}

const idle = new WeakSet<ImageData>();

/** Noise for the eye alone. */
function idleNoise(aspect: number): ImageData {
  const picture = new ImageData(Math.max(1, Math.round(GRAINS * Math.min(4, aspect))), GRAINS);
  for (let i = 0; i < picture.data.length; i += 4) {
    const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    picture.data.fill((normal / 2 + 0.5) * 255, i, i + 3);
    picture.data[i + 3] = 255;
  }
  idle.add(picture);
  return picture;
}
