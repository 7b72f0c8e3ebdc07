/** The table of pictures: a row for each sampler, a column for each count of steps, and every picture a button. */

import { type Signal, signal } from "@preact/signals-core";
import { html, type TemplateResult } from "lit-html";
import { guard } from "lit-html/directives/guard.js";
import { ref } from "lit-html/directives/ref.js";
import { draw } from "../../ui/pixels.ts";
import { canvas } from "../parts.ts";
import type { Settings } from "../settings.ts";
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

/** A picture of the table: how it stands, what it is made with, and what there is of it. */
export interface Cell {
  state:
    | { kind: "waiting" | "done" }
    | { kind: "running"; step: number; steps: number }
    | { kind: "failed"; sentence: string };
  /** What it took, once it is done. */
  seconds?: number;
  settings?: Settings;
  /** Its newest pixels, and the same as they are drawn. */
  pixels?: Uint8Array;
  sheet?: ImageData;
}

const WAITING: Cell = { state: { kind: "waiting" } };

/** The view's state. */
export class Store {
  private readonly cells = ROWS.map(() => COLUMNS.map(() => signal(WAITING)));
  /** Whether the model has what the analytic rows need. */
  readonly hasTable = signal(false);
  readonly busy = signal(false);
  readonly line = signal("");
  readonly problem = signal("");
  /** The picture that Tab leads to. */
  readonly entered = signal<Place>({ row: 0, column: 0 });

  /** The picture at a place. */
  at({ row, column }: Place): Signal<Cell> {
    const cell = this.cells[row]?.[column];
    if (!cell) throw new Error(`the table has no place ${row}, ${column}`);
    return cell;
  }

  /** Sets some of what is known of a picture. */
  set(place: Place, change: Partial<Cell>): void {
    const cell = this.at(place);
    cell.value = { ...cell.value, ...change };
  }

  /** Empties the table. */
  clear(): void {
    this.problem.value = "";
    for (const cell of this.cells.flat()) cell.value = WAITING;
  }
}

/** The view; `open` hears of the picture that is chosen. Arrow keys go from picture to picture; Tab goes in and out. */
export function table(store: Store, open: (place: Place) => void): TemplateResult {
  return html`<div class="screen stage comparison" id="comparison" role="table" aria-label=${t("comparison")} aria-busy=${store.busy.value}>
      <div role="row" class="line-of-cells heads">
        ${[t("sampler"), ...COLUMNS.map((n) => t("steps", { n }))].map((name) => html`<div role="columnheader" class="head-of-column">${name}</div>`)}
      </div>
      ${ROWS.map(
        ({ sampler, analytic }, row) => html`<div role="row" class="line-of-cells" data-sampler=${sampler}>
          <div role="rowheader" class="row-name">${nameOf(row)}</div>
          ${
            analytic && !store.hasTable.value
              ? html`<div role="cell" class="instead" aria-colspan=${COLUMNS.length}>${t("compareNoTable")}</div>`
              : COLUMNS.map((_, column) => shot(store, { row, column }, open))
          }
        </div>`,
      )}
    </div>
    <p class="wrap shared"><span id="comparison-state">${store.line.value}</span><span>${t("comparisonHint")}</span></p>
    <p class="problem" id="comparison-problem" role="alert">${store.problem.value}</p>`;
}

/** One picture: a button, its canvas, what it took, and how far it is. */
function shot(store: Store, place: Place, open: (place: Place) => void): TemplateResult {
  const { state, sheet, seconds = 0 } = store.at(place).value;
  const said = words(place, state, seconds);
  const done = state.kind === "running" ? state.step / state.steps : state.kind === "done" ? 1 : 0;
  const follow = (button?: Element) =>
    button instanceof HTMLElement && button.style.setProperty("--done", String(done));
  const note = state.kind === "done" ? took(seconds) : state.kind === "failed" ? FAILED : "";
  const { row, column } = store.entered.value;
  return html`<div role="cell" class="cell"><button type="button" class="over shot" data-state=${state.kind}
    tabindex=${row === place.row && column === place.column ? 0 : -1} aria-label=${said} title=${said} ${ref(follow)}
    @click=${() => open(place)} @keydown=${(event: KeyboardEvent) => press(event, place)}
    @focus=${() => Object.assign(store.entered, { value: place })}
    >${guard([sheet], () => canvas((element) => draw(element, sheet ?? new ImageData(28, 28))))}<span class="took">${note}</span></button></div>`;
}

function press(event: KeyboardEvent, { row, column }: Place): void {
  const moves: Record<string, Place> = {
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    ArrowUp: { row: usable(row, -1), column },
    ArrowDown: { row: usable(row, 1), column },
    Home: { row, column: 0 },
    End: { row, column: COLUMNS.length - 1 },
  };
  const to = moves[isTurned() ? (TURNED[event.key] ?? event.key) : event.key];
  if (!to) return;
  event.preventDefault();
  buttonAt(to)?.focus();
}

/** Whether the rows stand beside each other, as they do on a wide stage. */
function isTurned(): boolean {
  const topOf = (column: number) => buttonAt({ row: 0, column })?.getBoundingClientRect().top ?? 0;
  return topOf(1) > topOf(0);
}

/** The next row up or down that has pictures. */
function usable(row: number, by: 1 | -1): number {
  let next = row + by;
  while (ROWS[next] && !buttonAt({ row: next, column: 0 })) next += by;
  return next;
}

function buttonAt({ row, column }: Place): HTMLElement | null {
  return document.querySelector(`.line-of-cells:nth-child(${row + 2}) .cell:nth-child(${column + 2}) .shot`);
}

/** The name of a row. */
export function nameOf(row: number): string {
  const { sampler, variance = "small" } = ROWS[row] ?? { sampler: "ddim" };
  return samplerName({ sampler, variance, eta: 0 });
}

/** What a picture is, for those who do not see it. */
function words({ row, column }: Place, state: Cell["state"], seconds: number): string {
  const [sampler, steps] = [nameOf(row), COLUMNS[column] ?? 0];
  if (state.kind === "failed") return t("compareCellFailed", { sampler, steps, reason: state.sentence });
  const done = state.kind === "done" ? t("done", { time: took(seconds) }) : t("notComputed");
  return t("compareCell", { sampler, steps, state: state.kind === "running" ? t("stepOf", state) : done });
}
