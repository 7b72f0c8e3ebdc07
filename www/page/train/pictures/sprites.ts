/** Small pictures of our own to learn from: ghosts, potions, mushrooms and slimes of 16 x 16 pixels, each made of random parts. */

import { Dice } from "../data/random.ts";
import { SHAPES } from "./shapes.ts";

/** Side of a picture, in pixels. */
export const SIDE = 16;

/** What there is, in the order of the classes. */
export const KINDS = ["ghost", "potion", "mushroom", "slime"] as const;

type Kind = (typeof KINDS)[number];
type Colour = readonly [red: number, green: number, blue: number];

/** The ground of all pictures, from 0 to 1. */
export const GROUND: Colour = [0.07, 0.07, 0.12];

const OUTLINE: Colour = [0.02, 0.02, 0.05];
const WHITE: Colour = [0.97, 0.97, 0.95];
const CORK: Colour = [0.6, 0.42, 0.25];
const GLASS: Colour = [0.35, 0.42, 0.5];
const STEM: Colour = [0.93, 0.87, 0.75];

/** The main colours: bright, and far from one another. */
const COLOURS: readonly Colour[] = [
  [0.95, 0.27, 0.23],
  [0.98, 0.6, 0.15],
  [0.96, 0.85, 0.25],
  [0.35, 0.78, 0.35],
  [0.2, 0.75, 0.8],
  [0.3, 0.5, 0.95],
  [0.65, 0.4, 0.9],
  [0.95, 0.5, 0.75],
];

/** A picture: 3 * 16 * 16 floats in [-1, 1], and which of the kinds it is. */
export interface Sprite {
  x: Float32Array;
  kind: number;
}

/** So many pictures of each kind. */
export function sprites(each: number, seed: number): Sprite[] {
  const dice = new Dice(seed);
  return KINDS.flatMap((kind, index) => Array.from({ length: each }, () => ({ x: drawn(kind, dice), kind: index })));
}

/** Pixels by their colours; `undefined` is the ground. */
class Pixels {
  readonly all: (Colour | undefined)[] = new Array(SIDE * SIDE).fill(undefined);

  set(x: number, y: number, colour: Colour): void {
    this.all[y * SIDE + x] = colour;
  }

  /** Only where it has this colour. */
  tint(x: number, y: number, from: Colour, colour: Colour): void {
    if (this.all[y * SIDE + x] === from) this.set(x, y, colour);
  }

  /** On both sides of the middle. */
  both(x: number, y: number, colour: Colour): void {
    this.set(x, y, colour);
    this.set(SIDE - 1 - x, y, colour);
  }

  get floats(): Float32Array {
    const area = SIDE * SIDE;
    return Float32Array.from({ length: 3 * area }, (_, i) => {
      const [channel, at] = [Math.floor(i / area), i % area];
      return 2 * ((this.all[at] ?? GROUND)[channel] ?? 0) - 1;
    });
  }
}

function drawn(kind: Kind, dice: Dice): Float32Array {
  const pixels = new Pixels();
  const main = pick(COLOURS, dice);
  const shape = pick(SHAPES[kind], dice);
  const colours: Record<string, Colour> = { o: OUTLINE, a: main, c: CORK, g: GLASS, s: STEM, b: shaded(main, 0.72) };
  for (const [y, row] of shape.entries()) {
    for (const [x, letter] of [...row].entries()) {
      const colour = colours[letter];
      if (colour) pixels.both(x, y, colour);
    }
  }
  ({ ghost, potion, mushroom, slime })[kind](pixels, main, dice);
  return pixels.floats;
}

function ghost(pixels: Pixels, _: Colour, dice: Dice): void {
  eyes(pixels, dice, 5, 3);
  mouth(pixels, dice, 10);
}

function potion(pixels: Pixels, main: Colour, dice: Dice): void {
  // Light on the glass, and bubbles.
  for (const y of [9, 10, 11]) pixels.tint(4, y, main, shaded(main, 1.5));
  for (let bubble = dice.below(4); bubble > 0; bubble--) {
    pixels.tint(6 + dice.below(5), 10 + dice.below(4), main, shaded(main, 1.5));
  }
}

function mushroom(pixels: Pixels, _: Colour, dice: Dice): void {
  const spots = pick(
    [
      [
        [4, 5],
        [7, 2],
      ],
      [
        [3, 6],
        [6, 3],
      ],
      [[5, 4]],
      [
        [2, 6],
        [5, 6],
        [7, 3],
      ],
    ],
    dice,
  );
  for (const [x = 0, y = 0] of spots) {
    for (const [right, down] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      if (x + right < SIDE / 2) pixels.both(x + right, y + down, WHITE);
    }
  }
  if (dice.uniform() < 0.6) pixels.both(6, 11, OUTLINE);
}

function slime(pixels: Pixels, main: Colour, dice: Dice): void {
  pixels.set(5, 5, shaded(main, 1.5));
  pixels.set(4, 6, shaded(main, 1.5));
  eyes(pixels, dice, 8, 2);
  mouth(pixels, dice, 12);
}

/** Two eyes that look to the same side. */
function eyes(pixels: Pixels, dice: Dice, top: number, height: number): void {
  const [right, down] = [dice.below(2), dice.below(height)];
  for (const left of [4, 10]) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < 2; x++) {
        pixels.set(left + x, top + y, x === right && y === down ? OUTLINE : WHITE);
      }
    }
  }
}

/** None, a line, a smile or an open mouth. */
function mouth(pixels: Pixels, dice: Dice, y: number): void {
  const kind = dice.below(4);
  if (kind > 0) pixels.both(7, y, OUTLINE);
  if (kind === 2) pixels.both(6, y - 1, OUTLINE);
  if (kind === 3) pixels.both(7, y - 1, OUTLINE);
}

function pick<T>(all: readonly T[], dice: Dice): T {
  return all[dice.below(all.length)] as T;
}

function shaded([red, green, blue]: Colour, by: number): Colour {
  const part = (value: number) => (by > 1 ? 1 - (1 - value) / by : value * by);
  return [part(red), part(green), part(blue)];
}
