/** Draws lines with uPlot. This module is fetched when the first plot is shown, and imports nothing else of the page. */

import uPlot from "uplot";

/** One line of a plot. */
export interface Line {
  name: string;
  /** Whether it is the one that is chosen. */
  chosen: boolean;
  /** In the order of the steps. A null breaks the line: what cannot stand on a logarithmic scale. */
  points: readonly (readonly [x: number, y: number | null])[];
  /** Said in the legend of a line that has nothing to draw. */
  note?: string;
}

/** What a plot shows. */
export interface Drawing {
  lines: readonly Line[];
  xLabel: string;
  yLabel: string;
  /** A logarithmic scale upwards. */
  log: boolean;
  /** The largest x at the left. */
  falling: boolean;
  /** The area between the first two lines is filled: each is a bound. */
  band?: boolean;
  /** The legend has the last value of each line while there is no cursor. */
  resting?: boolean;
}

/** A plot on the page. */
export interface Plot {
  draw(drawing: Drawing): void;
}

/** Height of a plot, in CSS pixels. */
const HEIGHT = 210;

/** How the lines that are not chosen are told apart without colours: strokes and gaps, in CSS pixels. */
export const DASHES: readonly number[][] = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 4], [2, 5]];

const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A plot that fills its host's width, and follows it and the colour scheme. `onHover` hears each line's y at the cursor. */
export function createPlot(host: HTMLElement, onHover: (values: (number | null)[]) => void): Plot {
  let shown: { plot: uPlot; drawing: Drawing } | undefined;
  const redraw = (drawing: Drawing) => {
    shown?.plot.destroy();
    shown = { plot: build(host, drawing, onHover), drawing };
  };
  new ResizeObserver(() => {
    const width = host.clientWidth;
    if (shown && width > 0 && width !== shown.plot.width) shown.plot.setSize({ width, height: HEIGHT });
  }).observe(host);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (shown) redraw(shown.drawing);
  });
  return { draw: redraw };
}

function build(host: HTMLElement, drawing: Drawing, onHover: (values: (number | null)[]) => void): uPlot {
  const colour = paletteOf(host);
  // What is drawn last lies on top.
  const order = [...drawing.lines.keys()].sort((a, b) => rank(drawing, a) - rank(drawing, b));
  const tables = order.flatMap((index) => drawing.lines.slice(index, index + 1).map(tableOf));
  const data: uPlot.AlignedData = tables.length > 0 ? uPlot.join(tables) : [[]];
  const axis: uPlot.Axis = {
    stroke: colour("--quiet"),
    font: `11px ${getComputedStyle(host).fontFamily}`,
    labelFont: `11px ${getComputedStyle(host).fontFamily}`,
    labelSize: 16,
    labelGap: 0,
    gap: 4,
    grid: { stroke: colour("--line"), width: 0.5 },
    ticks: { show: false },
  };
  const options: uPlot.Options = {
    width: Math.max(host.clientWidth, 100),
    height: HEIGHT,
    padding: [10, 20, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, dir: drawing.falling ? -1 : 1 },
      y: drawing.log ? { distr: 3, range: decades } : {},
    },
    axes: [
      { ...axis, label: drawing.xLabel, size: 22, space: 46 },
      {
        ...axis,
        label: drawing.yLabel,
        size: 40,
        ...(drawing.log ? { splits: powers, values: named, filter: (_, splits) => splits } : { space: 28 }),
      },
    ],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    series: [{}, ...order.flatMap((index) => seriesOf(drawing.lines, colour).slice(index, index + 1))],
    ...(drawing.band && {
      // From the upper bound down to the lower one; the first of all series is x.
      bands: [{ series: [order.indexOf(1) + 1, order.indexOf(0) + 1], fill: colour("--line") }],
    }),
    hooks: {
      setCursor: [
        (plot) => {
          const values = valuesAt(plot);
          onHover(drawing.lines.map((_, index) => values[order.indexOf(index)] ?? null));
        },
      ],
    },
  };
  return new uPlot(options, data, host);
}

function rank({ lines }: Drawing, index: number): number {
  return lines[index]?.chosen ? lines.length : index;
}

/** x upwards, as uPlot wants it. The log SNR of pure noise is infinite, and has no place. */
function tableOf({ points }: Line): uPlot.AlignedData {
  const sorted = points.filter(([x]) => Number.isFinite(x)).sort(([a], [b]) => a - b);
  return [sorted.map(([x]) => x), sorted.map(([, y]) => y)];
}

function seriesOf(lines: readonly Line[], colour: (name: string) => string): uPlot.Series[] {
  return lines.map(({ chosen, points }, index) => ({
    stroke: colour(chosen ? "--accent" : "--ink"),
    width: chosen ? 2.5 : 1,
    alpha: chosen ? 1 : 0.72,
    dash: chosen ? [] : (DASHES[index % DASHES.length] ?? []),
    points: { show: points.length <= FEW, size: chosen ? 5 : 3.5 },
    // A place that belongs to another line's list is no gap in this one.
    spanGaps: true,
  }));
}

/** Up to so many points, each is marked. */
const FEW = 12;

/** The value of each line at its place nearest to the cursor. */
function valuesAt(plot: uPlot): (number | null)[] {
  const left = plot.cursor.left ?? -1;
  if (left < 0) return plot.data.slice(1).map(() => null);
  const [xs, ...lines] = plot.data;
  const at = plot.posToVal(left, "x");
  return lines.map((ys) => {
    let [best, distance]: [number | null, number] = [null, Number.POSITIVE_INFINITY];
    for (let i = 0; i < ys.length; i++) {
      const [x, y] = [xs[i], ys[i]];
      if (x === undefined || y === undefined || y === null) continue;
      if (Math.abs(x - at) < distance) [best, distance] = [y, Math.abs(x - at)];
    }
    return best;
  });
}

/** Whole decades around the values. */
function decades(_: uPlot, least: number | null, most: number | null): [number, number] {
  if (least === null || most === null) return [1e-3, 1];
  const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return [10 ** low, 10 ** Math.max(high, low + 1)];
}

/** Powers of ten, as many as there is room to name. */
function powers(_: uPlot, _axis: number, least: number, most: number): number[] {
  const [low, high] = [Math.round(Math.log10(least)), Math.round(Math.log10(most))];
  const every = Math.max(1, Math.ceil((high - low) / MOST_POWERS));
  const exponents = Array.from({ length: high - low + 1 }, (_, index) => low + index);
  return exponents.filter((exponent) => exponent % every === 0).map((exponent) => 10 ** exponent);
}

const MOST_POWERS = 7;

function named(_: uPlot, splits: number[]): string[] {
  return splits.map((value) => power(Math.round(Math.log10(value))));
}

function power(exponent: number): string {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => DIGITS[Number(digit)] ?? "");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** Custom properties as a canvas takes them: in colours that depend on the scheme, as this place has it. */
function paletteOf(host: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    host.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
