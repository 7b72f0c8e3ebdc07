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
 * one that fills the stage's width and height most evenly. A last row that is not full is centred.
 */
export function fitGrid(count: number, stage: Size, picture: Size): Grid {
  const options = Array.from({ length: count }, (_, index) => measure(count, index + 1, stage, picture));
  options.sort((a, b) => b.scale - a.scale || a.empty - b.empty || a.waste - b.waste);
  const best = options[0];
  if (!best) return { scale: 1, places: [] };
  const { columns, rows, scale } = best;
  const width = Math.round(picture.width * scale);
  const height = Math.round(picture.height * scale);
  const across = columns > 1 ? (stage.width - columns * width) / (columns - 1) : stage.width;
  const down = rows > 1 ? (stage.height - rows * height) / (rows - 1) : stage.height;
  const gap = Math.max(0, Math.floor(Math.min(across, down, width * MOST_GAP)));
  const top = Math.floor((stage.height - rows * height - (rows - 1) * gap) / 2);
  const places = Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const indent = Math.floor((stage.width - inRow * width - (inRow - 1) * gap) / 2);
    return { x: indent + (index % columns) * (width + gap), y: top + row * (height + gap) };
  });
  return { scale, places };
}

function measure(count: number, columns: number, stage: Size, picture: Size) {
  const rows = Math.ceil(count / columns);
  const across = stage.width / ((columns + (columns - 1) * LEAST_GAP) * picture.width);
  const down = stage.height / ((rows + (rows - 1) * LEAST_GAP) * picture.height);
  const fit = Math.min(across, down);
  return {
    columns,
    rows,
    scale: fit >= 1 ? Math.floor(fit) : Math.max(fit, 1 / 64),
    empty: columns * rows - count,
    waste: Math.abs(Math.log(across / down)),
  };
}
