/** A picture of 16 x 16 pixels that is drawn by hand: its pixels, tools and what was before. */

import { batch, signal } from "@preact/signals-core";
import { GROUND, SIDE } from "./sprites.ts";

/** Colours by their numbers in the palette; 0 is the ground. */
export const PALETTE: readonly string[] = [
  `#${GROUND.map((value) =>
    Math.round(255 * value)
      .toString(16)
      .padStart(2, "0"),
  ).join("")}`,
  "#050510",
  "#f8f8f4",
  "#f2453a",
  "#fa9926",
  "#f5d940",
  "#59c759",
  "#33bfcc",
  "#4d80f2",
  "#a666e6",
  "#f280bf",
  "#996b40",
];

/** Pixels by their colours' numbers. */
export type Drawn = Readonly<Uint8Array>;

const MOST_PAST = 100;

/** What is drawn. */
export class Editor {
  readonly pixels = signal<Drawn>(new Uint8Array(SIDE * SIDE));
  readonly past = signal<readonly Drawn[]>([]);
  readonly tool = signal<"pen" | "eraser" | "fill">("pen");
  readonly colour = signal("3");
  /** The pixel that the keyboard is at. */
  readonly at = signal({ x: 7, y: 7 });

  /** What comes is one stroke: Undo takes it back as one. */
  begin(): void {
    this.past.value = [...this.past.value, this.pixels.value].slice(-MOST_PAST);
  }

  /** Uses the tool on a pixel. */
  touch(x: number, y: number): void {
    const colour = this.tool.value === "eraser" ? 0 : Number(this.colour.value);
    const pixels = this.pixels.value.slice();
    if (this.tool.value === "fill") flood(pixels, y * SIDE + x, colour);
    else pixels[y * SIDE + x] = colour;
    this.pixels.value = pixels;
  }

  undo(): void {
    const before = this.past.value.at(-1);
    if (!before) return;
    batch(() => {
      this.past.value = this.past.value.slice(0, -1);
      this.pixels.value = before;
    });
  }

  /** Mirrors it left to right. */
  flip(): void {
    this.begin();
    const { value } = this.pixels;
    this.pixels.value = value.map((_, i) => value[i - (i % SIDE) + SIDE - 1 - (i % SIDE)] ?? 0);
  }

  clear(): void {
    this.begin();
    this.pixels.value = new Uint8Array(SIDE * SIDE);
  }

  /** The picture, as a network takes it. */
  get floats(): Float32Array {
    const area = SIDE * SIDE;
    return Float32Array.from({ length: 3 * area }, (_, i) => {
      const hex = PALETTE[this.pixels.value[i % area] ?? 0] ?? "#000000";
      const channel = Math.floor(i / area);
      return Number.parseInt(hex.slice(1 + 2 * channel, 3 + 2 * channel), 16) / 127.5 - 1;
    });
  }
}

/** Fills what is of one colour around a pixel. */
function flood(pixels: Uint8Array, from: number, colour: number): void {
  const old = pixels[from];
  if (old === colour) return;
  const waiting = [from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (pixels[at] !== old) continue;
    pixels[at] = colour;
    if (at % SIDE > 0) waiting.push(at - 1);
    if (at % SIDE < SIDE - 1) waiting.push(at + 1);
    if (at >= SIDE) waiting.push(at - SIDE);
    if (at < SIDE * (SIDE - 1)) waiting.push(at + SIDE);
  }
}
