/** The table of pictures: a row for each sampler, a column for each count of steps, and every picture a button. */

import { make, say } from "../../ui/dom.ts";
import { draw } from "../../ui/pixels.ts";
import { find } from "../dom.ts";
import { samplerName, t, took } from "../texts.ts";
import { COLUMNS, type Place, ROWS } from "./places.ts";

/** In place of the time of a picture that cannot be made. */
const FAILED = "–";

/** What an arrow key means where rows stand beside each other. */
const TURNED: Record<string, string> = {
  ArrowLeft: "ArrowUp",
  ArrowUp: "ArrowLeft",
  ArrowRight: "ArrowDown",
  ArrowDown: "ArrowRight",
};

/** How a picture of the table stands. */
export type CellState =
  | { kind: "waiting" }
  | { kind: "running"; step: number; steps: number }
  | { kind: "done"; seconds: number }
  | { kind: "failed"; sentence: string };

/** One picture: a button, its canvas, what it took, and how far it is. */
interface Cell {
  box: HTMLElement;
  button: HTMLButtonElement;
  canvas: HTMLCanvasElement;
  note: HTMLElement;
}

/** A row: its cells, and the sentence that stands in their place where the model cannot have them. */
interface RowParts {
  cells: Cell[];
  instead: HTMLElement;
}

/** The table. Arrow keys go from picture to picture; Tab goes in and out. */
export class CompareTable {
  private readonly rows: RowParts[];
  private readonly box = find("comparison");

  /** Builds the table; `onOpen` hears of the picture that is chosen. */
  constructor(onOpen: (place: Place) => void) {
    this.box.append(heads());
    this.rows = ROWS.map((row, index) => {
      const cells = COLUMNS.map((_, column) => cell(() => onOpen({ row: index, column })));
      const instead = part("cell", "instead", t("compareNoTable"));
      instead.setAttribute("aria-colspan", String(COLUMNS.length));
      instead.hidden = true;
      const head = part("rowheader", "row-name", nameOf(index));
      const line = part("row", "line-of-cells", head, ...cells.map(({ box }) => box), instead);
      line.setAttribute("data-sampler", row.sampler);
      this.box.append(line);
      return { cells, instead };
    });
    for (const [row, { cells }] of this.rows.entries()) {
      for (const [column, { button }] of cells.entries()) {
        button.tabIndex = row === 0 && column === 0 ? 0 : -1;
        button.addEventListener("keydown", (event) => this.press(event, { row, column }));
        button.addEventListener("focus", () => this.enter(button));
        this.write({ row, column }, { kind: "waiting" });
      }
    }
  }

  /** Offers the analytic rows, or says why they are not there. */
  offer(hasTable: boolean): void {
    for (const [row, { cells, instead }] of this.rows.entries()) {
      const absent = ROWS[row]?.analytic === true && !hasTable;
      instead.hidden = !absent;
      for (const { box } of cells) box.hidden = absent;
    }
  }

  /** Writes how a picture stands. */
  write(place: Place, state: CellState): void {
    const cell = this.rows[place.row]?.cells[place.column];
    if (!cell) return;
    const steps = COLUMNS[place.column] ?? 0;
    const name = nameOf(place.row);
    cell.button.setAttribute("data-state", state.kind);
    const done = state.kind === "running" ? state.step / state.steps : state.kind === "done" ? 1 : 0;
    cell.button.style.setProperty("--done", String(done));
    say(cell.note, state.kind === "done" ? took(state.seconds) : state.kind === "failed" ? FAILED : "");
    const said =
      state.kind === "failed"
        ? t("compareCellFailed", { sampler: name, steps, reason: state.sentence })
        : t("compareCell", { sampler: name, steps, state: words(state) });
    cell.button.setAttribute("aria-label", said);
    cell.button.title = said;
  }

  /** Draws a picture; without one, the place is empty again. */
  draw(place: Place, sheet: ImageData | undefined): void {
    const canvas = this.rows[place.row]?.cells[place.column]?.canvas;
    if (canvas) draw(canvas, sheet ?? new ImageData(canvas.width, canvas.height));
  }

  private press(event: KeyboardEvent, { row, column }: Place): void {
    const moves: Record<string, Place> = {
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      ArrowUp: { row: this.usable(row, -1), column },
      ArrowDown: { row: this.usable(row, 1), column },
      Home: { row, column: 0 },
      End: { row, column: COLUMNS.length - 1 },
    };
    const to = moves[this.turned ? (TURNED[event.key] ?? event.key) : event.key];
    if (!to) return;
    event.preventDefault();
    this.rows[to.row]?.cells[to.column]?.button.focus();
  }

  /** Whether the rows stand beside each other, as they do on a wide stage. */
  private get turned(): boolean {
    const [first, second] = this.rows[0]?.cells ?? [];
    return first !== undefined && second !== undefined && second.box.offsetTop > first.box.offsetTop;
  }

  /** The next row up or down that has pictures. */
  private usable(row: number, by: 1 | -1): number {
    let next = row + by;
    while (this.rows[next]?.instead.hidden === false) next += by;
    return next;
  }

  private enter(button: HTMLButtonElement): void {
    for (const { cells } of this.rows) for (const cell of cells) cell.button.tabIndex = cell.button === button ? 0 : -1;
  }
}

/** The name of a row. */
export function nameOf(row: number): string {
  const { sampler, variance = "small" } = ROWS[row] ?? { sampler: "ddim" };
  return samplerName({ sampler, variance, eta: 0 });
}

function words(state: Exclude<CellState, { kind: "failed" }>): string {
  if (state.kind === "running") return t("stepOf", { step: state.step, steps: state.steps });
  return state.kind === "done" ? t("done", { time: took(state.seconds) }) : t("notComputed");
}

function heads(): HTMLElement {
  const names = [t("sampler"), ...COLUMNS.map((n) => t("steps", { n }))];
  return part("row", "line-of-cells heads", ...names.map((name) => part("columnheader", "head-of-column", name)));
}

function cell(onOpen: () => void): Cell {
  const canvas = make("canvas", { width: "28", height: "28", "aria-hidden": "true" });
  const note = make("span", { class: "took" });
  const button = make("button", { type: "button", class: "over shot" }, canvas, note);
  button.addEventListener("click", onOpen);
  return { box: part("cell", "cell", button), button, canvas, note };
}

function part(role: string, name: string, ...children: (Node | string)[]): HTMLElement {
  return make("div", { role, class: name }, ...children);
}
