/** What there is to be saved: the pictures of the view that is shown, in a grid and in time, and the record of how they came. */

import type { Frame, Which } from "../../ui/frame.ts";
import type { History } from "../../ui/history.ts";
import { onePicture, type Pictures } from "../../ui/pixels.ts";
import type { Cell } from "../compare/table.ts";
import { madeLine } from "../share/code.ts";
import { type Parameters, parametersOf } from "../share/link.ts";
import type { Made } from "../share/made.ts";
import { t } from "../texts.ts";
import type { Heads } from "./heads.ts";
import { columnsOf, imageOf, rasterOf } from "./raster.ts";

/** The run on Generate's stage, as the page has it. */
export interface OnStage {
  made: Made;
  history: History;
  /** The frame that is looked at. */
  frame: Frame;
  which: Which;
  /** Steps of the whole run. */
  total: number;
  /** Milliseconds of every step that was computed. */
  times: readonly number[];
  /** Pictures of a row of the stage; a square grid where it is not said. */
  columns?: number;
}

/** The frames of Interpolate that are there. */
export interface Morphing {
  made: Made;
  sheets: readonly ImageData[];
  columns: number;
  /** Indices of the frames for one turn without a seam; all of them in order while some are missing. */
  turn: readonly number[];
  /** The frame that is looked at. */
  shown: number;
}

/** Compare's table: the pictures of each row, and what its rows and columns are called. */
export interface Tabled {
  made: Made;
  shape: Pictures["shape"];
  heads: readonly string[];
  rows: readonly { name: string; cells: readonly Cell[] }[];
}

/** One of them, in the one form that files are made of. */
export interface Saved {
  made: Made;
  parameters: Parameters;
  /** What it is, in a line. */
  said: string;
  /** What can be saved as a picture, as it is shown. */
  pictures: Pictures;
  columns: number;
  /** What stands above the columns and beside the rows of a table. */
  heads?: Heads;
  /** Further parameters of a picture: which step, which frame. */
  shown: Parameters;
  /** Pictures of an animation; `image` is one of several, undefined means all. */
  count: number;
  at(position: number, image: number | undefined): Pictures;
  /** Seconds that the last one stands longer. */
  hold: number;
  /** What a record tells beside the plan and the settings. */
  record: object;
}

/** Seconds that a finished picture stands. */
const HOLD = 1;

/** The denoising of the run on the stage. */
export function savedFrom({ made, history, frame, which, total, times, columns }: OnStage): Saved {
  const { settings, info } = made;
  const picturesOf = (pixels: Uint8Array) => ({ pixels, count: settings.images, shape: info.shape });
  const positions = shownPositions(history.length);
  return {
    made,
    parameters: parametersOf(made),
    said: t("saveOf", { made: madeLine(made), step: t("stepOf", { step: frame.step, steps: total }) }),
    pictures: picturesOf(frame.pixels[which]),
    columns: columns ?? columnsOf(settings.images),
    shown: { step: frame.step, of: total, show: which },
    count: positions.length,
    at: (position, image) => {
      const pixels = history.at(positions[position] ?? 0)?.pixels[which] ?? frame.pixels[which];
      return image === undefined ? picturesOf(pixels) : onePicture(picturesOf(pixels), image);
    },
    hold: HOLD,
    record: {
      steps: { computed: history.newest, of: total },
      timings: { unit: "ms", total: times.reduce((sum, ms) => sum + ms, 0), steps: times },
    },
  };
}

/** The morph: its frames beside each other as a picture, one after the other as an animation. */
export function savedFromMorph({ made, sheets, columns, turn, shown }: Morphing): Saved {
  const frames = sheets.map((sheet) => planes(sheet, made.info.shape[0] === 3 ? 3 : 1));
  const [first] = frames;
  const shape = first?.shape ?? made.info.shape;
  const pixels = new Uint8Array(frames.flatMap((frame) => [...frame.pixels]));
  return {
    made,
    parameters: parametersOf(made),
    said: t("saveOf", { made: madeLine(made), step: t("frames", { n: frames.length }) }),
    pictures: { pixels, count: frames.length, shape },
    columns,
    shown: { frame: shown, of: frames.length },
    count: turn.length,
    at: (position) => frames[turn[position] ?? 0] ?? { pixels, count: frames.length, shape },
    hold: 0,
    record: { frames: frames.length },
  };
}

/** The table: its pictures in a grid, and what stands beside and above them. It has no animation. */
export function savedFromTable({ made, shape, heads, rows }: Tabled): Saved {
  const black = new Uint8Array(shape[0] * shape[1] * shape[2]);
  const cells = rows.flatMap((row) => row.cells);
  const pixels = new Uint8Array(cells.flatMap(({ pixels }) => [...(pixels ?? black)]));
  const pictures = { pixels, count: cells.length, shape };
  return {
    made,
    parameters: parametersOf(made),
    said: t("saveOf", { made: madeLine(made), step: t("pictures", { n: cells.filter((cell) => cell.pixels).length }) }),
    pictures,
    columns: heads.length,
    heads: { columns: heads, rows: rows.map(({ name }) => name) },
    shown: {},
    count: 0,
    at: () => pictures,
    hold: 0,
    record: { table: cells.flatMap(({ settings, seconds }) => (settings ? [{ ...settings, seconds }] : [])) },
  };
}

/** Pixels as the browser draws them, a channel after the other. */
function planes({ data, width, height }: ImageData, channels: 1 | 3): Pictures {
  const area = width * height;
  const pixels = Uint8Array.from(
    { length: channels * area },
    (_, i) => data[4 * (i % area) + Math.floor(i / area)] ?? 0,
  );
  return { pixels, count: 1, shape: [channels, height, width] };
}

/** Pictures of one size, shown one after the other. They are asked for one at a time, so that few are in memory. */
export interface Animation {
  frames: Iterable<ImageData>;
  count: number;
  /** Pictures per second. */
  fps: number;
  /** Seconds that the last picture stands longer than the others. */
  hold: number;
  /** Written into the file where it has a place for it. */
  metadata: Parameters;
}

/** A run of more steps than this leaves some of them out: nobody waits longer than this to see it. */
export const MOST_FRAMES = 150;

/** Positions in a history of so many frames that are shown: all, or evenly some, the first and the last among them. */
export function shownPositions(length: number): number[] {
  const count = Math.min(length, MOST_FRAMES);
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (length - 1)) / (count - 1))));
}

/** Some of an animation's pictures, evenly from the first to the last. */
export function sampleOf(saved: Saved, image: number | undefined, scale: number, most: number): Animation {
  const count = Math.min(most, saved.count);
  const at = (i: number) => saved.at(Math.round((i * (saved.count - 1)) / Math.max(1, count - 1)), image);
  const frames = Array.from({ length: count }, (_, i) => imageOf(rasterOf(at(i), scale)));
  return { frames, count, fps: 1, hold: 0, metadata: {} };
}

/** From noise to the newest step, or once through the morph; `image` is one of several, undefined means all. */
export function animationOf(saved: Saved, image: number | undefined, scale: number, fps: number): Animation {
  const { count, hold, parameters } = saved;
  function* frames() {
    for (let position = 0; position < count; position++) {
      const pictures = saved.at(position, image);
      yield imageOf(rasterOf(pictures, scale, Math.min(saved.columns, pictures.count)));
    }
  }
  return { frames: frames(), count, fps, hold, metadata: parameters };
}
