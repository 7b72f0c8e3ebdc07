/** The pixel editor on the page: drawn on by mouse, pen, finger and keyboard. */

import { html, type TemplateResult } from "lit-html";
import { styleMap } from "lit-html/directives/style-map.js";
import { draw, quantise, sheetOf } from "../../../ui/pixels.ts";
import { announce } from "../../dom.ts";
import { button, canvas, segments } from "../../parts.ts";
import { t } from "../../texts.ts";
import type { Editor } from "./editor.ts";

const ARROWS: Record<string, readonly [across: number, down: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest of so many pixels. */
function within(place: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor(place)));
}

/** Follows a pointer: it draws while it is down, along straight lines. */
function pointer(editor: Editor, event: PointerEvent): void {
  const element = event.currentTarget as HTMLElement;
  const { left, top, width, height } = element.getBoundingClientRect();
  const [, rows, columns] = editor.shape;
  const x = within(((event.clientX - left) / width) * columns, columns);
  const y = within(((event.clientY - top) / height) * rows, rows);
  if (event.type === "pointerdown" && event.button === 0) {
    element.setPointerCapture(event.pointerId);
    editor.begin();
    editor.touch(x, y);
  } else if (event.buttons === 1 && element.hasPointerCapture(event.pointerId) && editor.tool.value !== "fill") {
    const from = editor.at.value;
    const steps = Math.max(1, Math.abs(x - from.x), Math.abs(y - from.y));
    for (let i = 1; i <= steps; i++) {
      editor.touch(Math.round(from.x + (i * (x - from.x)) / steps), Math.round(from.y + (i * (y - from.y)) / steps));
    }
  }
  editor.at.value = { x, y };
}

/** Arrow keys move, Space uses the tool; an arrow with Shift draws where it comes to. */
function key(editor: Editor, event: KeyboardEvent): void {
  const arrow = ARROWS[event.key];
  if ((event.ctrlKey || event.metaKey) && event.key === "z") {
    event.preventDefault();
    editor.undo();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || (!arrow && event.key !== " ")) return;
  event.preventDefault();
  const [across, down] = arrow ?? [0, 0];
  const [, rows, columns] = editor.shape;
  const { x, y } = editor.at.value;
  editor.at.value = { x: within(x + across, columns), y: within(y + down, rows) };
  if (!arrow || event.shiftKey) {
    editor.begin();
    editor.touch(editor.at.value.x, editor.at.value.y);
  }
  announce(t("trainPixelAt", { column: editor.at.value.x + 1, row: editor.at.value.y + 1 }));
}

/** The editor; `add` takes the picture. */
export function easel(editor: Editor, add: (editor: Editor) => void): TemplateResult {
  const paint = (element: HTMLCanvasElement) =>
    draw(element, sheetOf({ pixels: quantise(editor.floats), count: 1, shape: editor.shape }, 1));
  const { x, y } = editor.at.value;
  const [, rows, columns] = editor.shape;
  const part = (count: number, of: number) => `${(100 * count) / of}%`;
  const nib = { left: part(x, columns), top: part(y, rows), width: part(1, columns), height: part(1, rows) };
  const follow = (event: PointerEvent) => pointer(editor, event);
  const tools = { pen: t("trainPen"), eraser: t("trainEraser"), fill: t("trainFill") };
  return html`<div class="pixels">
    <div class="paper" id="train-pixels" tabindex="0" role="application" aria-label=${t("trainPixels")}
      @pointerdown=${follow} @pointermove=${follow} @keydown=${(event: KeyboardEvent) => key(editor, event)}>
      ${canvas(paint)}<span class="at" style=${styleMap(nib)} aria-hidden="true"></span>
    </div>
    <div>
      ${segments("train-tool", t("trainTool"), editor.tool, tools, "segments")}
      <fieldset class="choice palette"><legend class="unseen">${t("trainColour")}</legend>
        ${editor.palette.map(
          (
            colour,
            i,
          ) => html`<label><input type="radio" name="train-colour" value=${i} .checked=${editor.colour.value === String(i)}
            aria-label=${t("trainColourOf", { colour })} @change=${() => {
              editor.colour.value = String(i);
            }} /><span style=${styleMap({ background: colour })}></span></label>`,
        )}
      </fieldset>
    </div>
    <div class="line tools">
      ${button("train-pixels-undo", t("trainUndoStroke"), () => editor.undo(), editor.past.value.length === 0)}
      ${button("train-pixels-flip", t("trainMirror"), () => editor.flip())}
      ${button("train-pixels-clear", t("trainClear"), () => editor.clear())}
      ${button("train-pixels-add", t("trainAdd"), () => add(editor))}
    </div>
  </div>`;
}
