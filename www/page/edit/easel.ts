/** The picture that is worked on: drawn with what is left open over it, and painted on by mouse, pen, finger and keyboard. */

import { draw, sheetOf } from "../../ui/pixels.ts";
import { announce } from "../dom.ts";
import { percent, t } from "../texts.ts";
import { type Place, Stroke, snapped } from "./brush.ts";
import type { Layers, Store } from "./state.ts";

/** How much of a pixel that is left open the colour hides. */
const OPEN_SHADE = 0.82;

/** Steps of the arrow keys, across and down. */
const ARROWS: Record<string, readonly [across: number, down: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Draws the picture; what is left open has the canvas's own colour. */
export function drawEasel(canvas: HTMLCanvasElement, store: Store): void {
  const { open } = store.layers.value;
  const sheet = sheetOf({ pixels: store.bytes, count: 1, shape: store.shape.value }, 1);
  const colour = (getComputedStyle(canvas).color.match(/\d+/g) ?? []).map(Number);
  if (store.tool.value === "fill" || store.tool.value === "hold") {
    for (const [i, part] of open.entries()) {
      for (let c = 0; c < 3; c++) {
        const at = 4 * i + c;
        const value = sheet.data[at] ?? 0;
        sheet.data[at] = value + OPEN_SHADE * part * ((colour[c] ?? 0) - value);
      }
    }
  }
  draw(canvas, sheet);
}

/** The hand that holds the brush. */
export class Hand {
  private readonly store: Store;
  private stroke: Stroke | undefined;
  /** The layers before the stroke. */
  private base: Layers | undefined;

  constructor(store: Store) {
    this.store = store;
  }

  /** Follows a pointer: it paints while it is down. */
  readonly pointer = (event: PointerEvent): void => {
    const easel = event.currentTarget as HTMLElement;
    const place = this.placeOf(event, easel);
    this.store.nib.value = event.type === "pointerleave" ? undefined : pixelAt(place);
    if (event.type === "pointerdown" && event.button === 0) {
      easel.setPointerCapture(event.pointerId);
      this.begin();
    }
    if (this.stroke && event.type !== "pointerleave") this.paint(place);
    if (event.type === "pointerup" || event.type === "pointercancel") this.stroke = this.base = undefined;
  };

  /** Arrow keys move the brush, Space paints; an arrow with Shift paints where it comes to. */
  readonly key = (event: KeyboardEvent): void => {
    const arrow = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || (!arrow && event.key !== " ")) return;
    event.preventDefault();
    const [, height, width] = this.store.shape.value;
    const { x, y } = this.store.nib.value ?? { x: Math.floor(width / 2), y: Math.floor(height / 2) };
    const [across, down] = arrow ?? [0, 0];
    const nib = { x: within(x + across, width), y: within(y + down, height) };
    this.store.nib.value = nib;
    if (!arrow || event.shiftKey) this.dab(nib);
    announce(this.said(nib));
  };

  /** The brush is where the keyboard's focus is. */
  readonly focus = (): void => {
    const [, height, width] = this.store.shape.value;
    this.store.nib.value ??= { x: Math.floor(width / 2), y: Math.floor(height / 2) };
  };

  private dab({ x, y }: Place): void {
    this.begin();
    this.paint({ x: x + 0.5, y: y + 0.5 });
    this.stroke = this.base = undefined;
  }

  private begin(): void {
    const { store } = this;
    const [channels, height, width] = store.shape.value;
    this.stroke = new Stroke(height, width, store.held);
    this.base = store.layers.value;
    if (!this.base.picture && !store.masks.value) {
      this.base = { ...this.base, picture: new Float32Array(channels * height * width).fill(-1) };
    }
    store.change(this.base);
  }

  private paint(place: Place): void {
    const { store, stroke, base } = this;
    if (!stroke || !base) return;
    stroke.to(place);
    if (store.masks.value) store.layers.value = { ...base, open: stroke.over(base.open, store.paint) };
    else if (base.picture) store.layers.value = { ...base, picture: stroke.over(base.picture, store.paint) };
  }

  private placeOf(event: PointerEvent, easel: HTMLElement): Place {
    const { left, top, width, height } = easel.getBoundingClientRect();
    const [, rows, columns] = this.store.shape.value;
    return { x: ((event.clientX - left) / width) * columns, y: ((event.clientY - top) / height) * rows };
  }

  /** Where the brush is, and what is there. */
  private said({ x, y }: Place): string {
    const [, , width] = this.store.shape.value;
    const at = y * width + x;
    const where = { column: x + 1, row: y + 1 };
    if (this.store.masks.value)
      return t("editAtOpen", { ...where, open: percent(this.store.layers.value.open[at] ?? 0) });
    return t("editAtGrey", { ...where, value: this.store.bytes[at] ?? 0 });
  }
}

/** Shows where the brush is and how wide; the style sheet reads it. */
export function placeNib(easel: HTMLElement, store: Store): void {
  const nib = store.nib.value;
  const { size } = store.held;
  const [, height, width] = store.shape.value;
  easel.classList.toggle("held", nib !== undefined);
  const middle = { x: snapped((nib?.x ?? 0) + 0.5, size), y: snapped((nib?.y ?? 0) + 0.5, size) };
  easel.style.setProperty("--nib-left", `${(100 * (middle.x - size / 2)) / width}%`);
  easel.style.setProperty("--nib-top", `${(100 * (middle.y - size / 2)) / height}%`);
  easel.style.setProperty("--nib-width", `${(100 * size) / width}%`);
  easel.style.setProperty("--nib-height", `${(100 * size) / height}%`);
}

const pixelAt = ({ x, y }: Place): Place => ({ x: Math.floor(x), y: Math.floor(y) });

const within = (at: number, size: number): number => Math.max(0, Math.min(size - 1, at));
