/** Where the pictures stand on the stage: as large as they fit, in whole pixels. */

/** A rectangle's size, in device pixels. */
export interface Size {
  width: number;
  height: number;
}

/** Places for n pictures. */
export interface Grid {
  /** Device pixels for each pixel of a picture; a whole number, or a fraction where a picture is larger than its place. */
  scale: number;
  /** Upper left corners, in device pixels. */
  places: { x: number; y: number }[];
}

/** The gap between two pictures is at least this part of a picture, and at most the other. */
const LEAST_GAP = 0.04;
const MOST_GAP = 0.16;

/**
 * The grid whose pictures are largest. Of grids equally large, the one with fewest places left empty, then the
 * one that fills the stage's width and height most evenly. Each row has so many pixels of room below it.
 */
export function fitGrid(count: number, stage: Size, picture: Size, below = 0): Grid {
  const tried = Array.from({ length: count }, (_, index) => {
    const columns = index + 1;
    const rows = Math.ceil(count / columns);
    const height = Math.max(1, stage.height - rows * below);
    const waste = Math.log((stage.width * rows * picture.height) / (height * columns * picture.width));
    const grid = gridOf(columns, count, { width: stage.width, height }, picture);
    for (const [image, place] of grid.places.entries()) place.y += below * Math.floor(image / columns);
    return { ...grid, empty: columns * rows - count, waste: Math.abs(waste) };
  });
  tried.sort((a, b) => b.scale - a.scale || a.empty - b.empty || a.waste - b.waste);
  return tried[0] ?? { scale: 1, places: [] };
}

/** The grid of so many columns, of pictures no larger than `most`. A last row that is not full is centred. */
export function gridOf(columns: number, count: number, stage: Size, picture: Size, most = 1 / 0): Grid {
  const rows = Math.ceil(count / columns);
  const across = stage.width / ((columns + (columns - 1) * LEAST_GAP) * picture.width);
  const down = stage.height / ((rows + (rows - 1) * LEAST_GAP) * picture.height);
  const fit = Math.min(across, down, most);
  const scale = fit >= 1 ? Math.floor(fit) : Math.max(fit, 1 / 64);
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  const room = Math.min(stage.width / columns - width, stage.height / rows - height, width * MOST_GAP);
  const gap = Math.floor(Math.max(0, room));
  const at = (all: number, n: number, index: number, one: number) =>
    Math.floor((all - one) / 2 + (index - (n - 1) / 2) * (one + gap));
  const places = Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    return { x: at(stage.width, inRow, index % columns, width), y: at(stage.height, rows, row, height) };
  });
  return { scale, places };
}
