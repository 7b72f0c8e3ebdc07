/** The pen that draws points on the stage: a mouse, a pen, a finger, or the arrow keys with Space. */

import { announce } from "../dom.ts";
import { t } from "../texts.ts";
import { placeOn } from "./plane.ts";
import { FURTHEST } from "./settings.ts";
import type { Store } from "./state.ts";

/** Steps of the arrow keys, to the right and upwards, in units of the plane. */
const STEP = 0.2;
const ARROWS: Record<string, readonly [right: number, up: number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
};

/** Corners of a line nearer than this to the one before are left out. */
const NEAR = 0.03;

/** Draws lines into the store. */
export class Pen {
  private readonly store: Store;
  private draws = false;
  /** Where the keyboard's pen is. */
  private at = { x: 0, y: 0 };

  constructor(store: Store) {
    this.store = store;
  }

  readonly pointer = (event: PointerEvent): void => {
    const canvas = event.currentTarget as HTMLElement;
    if (event.type === "pointerdown" && event.button === 0) {
      canvas.setPointerCapture(event.pointerId);
      this.begin(this.placeOf(event, canvas));
    } else if (event.type === "pointermove" && this.draws) {
      // What the pointer did since the last picture of the screen.
      for (const part of event.getCoalescedEvents?.() ?? [event]) this.goOn(this.placeOf(part, canvas));
    } else if (event.type !== "pointermove") this.draws = false;
  };

  /** Arrow keys move the pen, Space makes a dot; an arrow with Shift draws. */
  readonly key = (event: KeyboardEvent): void => {
    const arrow = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || (!arrow && event.key !== " ")) return;
    event.preventDefault();
    const before = this.at;
    const [right, up] = arrow ?? [0, 0];
    this.at = within({ x: before.x + right, y: before.y + up });
    if (!arrow) this.begin(this.at);
    else if (event.shiftKey) {
      this.begin(before);
      this.goOn(this.at);
    }
    this.draws = false;
    announce(t("trainPenAt", { x: this.at.x.toFixed(1), y: this.at.y.toFixed(1) }));
  };

  /** Takes the newest line back. */
  undo(): void {
    this.store.lines.value = this.store.lines.value.slice(0, -1);
  }

  private begin({ x, y }: { x: number; y: number }): void {
    this.draws = true;
    this.store.lines.value = [...this.store.lines.value, [x, y]];
  }

  private goOn({ x, y }: { x: number; y: number }): void {
    const { lines } = this.store;
    const line = lines.value.at(-1) ?? [];
    const [lastX = x, lastY = y] = line.slice(-2);
    if (Math.hypot(x - lastX, y - lastY) < NEAR) return;
    lines.value = [...lines.value.slice(0, -1), [...line, x, y]];
  }

  private placeOf(event: PointerEvent, canvas: HTMLElement): { x: number; y: number } {
    const box = canvas.getBoundingClientRect();
    const { x, y, unit } = placeOn(box);
    return within({ x: (event.clientX - box.left - x) / unit, y: (box.top + y - event.clientY) / unit });
  }
}

function within({ x, y }: { x: number; y: number }): { x: number; y: number } {
  // Hundredths: what is drawn is kept, and may stand in an address.
  const bound = (value: number) => Math.round(100 * Math.max(-FURTHEST, Math.min(FURTHEST, value))) / 100;
  return { x: bound(x), y: bound(y) };
}
