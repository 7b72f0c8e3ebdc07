/** A picture that is drawn by hand: its pixels, tools and what was before. */

import { batch, signal } from "@preact/signals-core";
import type { ModelInfo } from "../../../src/index.ts";
import { GROUND } from "./sprites.ts";

/** With longer sides a pixel is too small to be drawn. */
const LONGEST_SIDE = 32;

/** Whether pictures of this shape can be drawn. */
export function drawable([, height, width]: ModelInfo["shape"]): boolean {
  return Math.max(height, width) <= LONGEST_SIDE;
}

/** Colours by their numbers in the palette; 0 is the ground. */
const COLOURS: readonly string[] = [
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

/** Greys from black, which is the ground, to white. */
const GREYS: readonly string[] = ["#000000", "#333333", "#666666", "#999999", "#cccccc", "#ffffff"];

/** Pixels by their colours' numbers. */
export type Drawn = Readonly<Uint8Array>;

const MOST_PAST = 100;

/** What is drawn. */
export class Editor {
  readonly shape: ModelInfo["shape"];
  /** Colours by their numbers; 0 is the ground. */
  readonly palette: readonly string[];
  readonly pixels;
  readonly past = signal<readonly Drawn[]>([]);
  readonly tool = signal<"pen" | "eraser" | "fill">("pen");
  readonly colour;
  /** The pixel that the keyboard is at. */
  readonly at;

  /** Nothing but ground, of this shape. */
  constructor(shape: ModelInfo["shape"]) {
    const [channels, height, width] = shape;
    this.shape = shape;
    this.palette = channels === 3 ? COLOURS : GREYS;
    this.pixels = signal<Drawn>(new Uint8Array(height * width));
    this.colour = signal(channels === 3 ? "3" : String(GREYS.length - 1));
    this.at = signal({ x: (width - 1) >> 1, y: (height - 1) >> 1 });
  }

  /** What comes is one stroke: Undo takes it back as one. */
  begin(): void {
    this.past.value = [...this.past.value, this.pixels.value].slice(-MOST_PAST);
  }

  /** Uses the tool on a pixel. */
  touch(x: number, y: number): void {
    const colour = this.tool.value === "eraser" ? 0 : Number(this.colour.value);
    const pixels = this.pixels.value.slice();
    const [, , width] = this.shape;
    if (this.tool.value === "fill") flood(pixels, width, y * width + x, colour);
    else pixels[y * width + x] = colour;
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
    const [, , width] = this.shape;
    this.pixels.value = value.map((_, i) => value[i - (i % width) + width - 1 - (i % width)] ?? 0);
  }

  clear(): void {
    this.begin();
    this.pixels.value = new Uint8Array(this.pixels.value.length);
  }

  /** The picture, as a network takes it. */
  get floats(): Float32Array {
    const [channels] = this.shape;
    const area = this.pixels.value.length;
    return Float32Array.from({ length: channels * area }, (_, i) => {
      const hex = this.palette[this.pixels.value[i % area] ?? 0] ?? "#000000";
      const channel = Math.floor(i / area);
      return Number.parseInt(hex.slice(1 + 2 * channel, 3 + 2 * channel), 16) / 127.5 - 1;
    });
  }
}

/** Fills what is of one colour around a pixel. */
function flood(pixels: Uint8Array, width: number, from: number, colour: number): void {
  const old = pixels[from];
  if (old === colour) return;
  const waiting = [from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (pixels[at] !== old) continue;
    pixels[at] = colour;
    if (at % width > 0) waiting.push(at - 1);
    if (at % width < width - 1) waiting.push(at + 1);
    if (at >= width) waiting.push(at - width);
    if (at < pixels.length - width) waiting.push(at + width);
  }
}
