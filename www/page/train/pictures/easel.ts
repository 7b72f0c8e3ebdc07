/** The pixel editor on the page: drawn on by mouse, pen, finger and keyboard. */

import { html, type TemplateResult } from "lit-html";
import { styleMap } from "lit-html/directives/style-map.js";
import { draw, quantise, sheetOf } from "../../../ui/pixels.ts";
import { announce } from "../../dom.ts";
import { button, canvas, segments } from "../../parts.ts";
import { t } from "../../texts.ts";
import { type Editor, PALETTE } from "./editor.ts";
import { SIDE } from "./sprites.ts";
import { SHAPE } from "./state.ts";

const ARROWS: Record<string, readonly [across: number, down: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Follows a pointer: it draws while it is down, along straight lines. */
function pointer(editor: Editor, event: PointerEvent): void {
  const element = event.currentTarget as HTMLElement;
  const { left, top, width } = element.getBoundingClientRect();
  const at = (place: number) => Math.max(0, Math.min(SIDE - 1, Math.floor((place / width) * SIDE)));
  const { x, y } = { x: at(event.clientX - left), y: at(event.clientY - top) };
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
  const within = (place: number) => Math.max(0, Math.min(SIDE - 1, place));
  const { x, y } = editor.at.value;
  editor.at.value = { x: within(x + across), y: within(y + down) };
  if (!arrow || event.shiftKey) {
    editor.begin();
    editor.touch(editor.at.value.x, editor.at.value.y);
  }
  announce(t("trainPixelAt", { column: editor.at.value.x + 1, row: editor.at.value.y + 1 }));
}

/** The editor; `add` takes the picture. */
export function easel(editor: Editor, add: () => void): TemplateResult {
  const paint = (element: HTMLCanvasElement) =>
    draw(element, sheetOf({ pixels: quantise(editor.floats), count: 1, shape: SHAPE }, 1));
  const { x, y } = editor.at.value;
  const nib = { left: `${(100 * x) / SIDE}%`, top: `${(100 * y) / SIDE}%` };
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
        ${PALETTE.map(
          (
            colour,
            i,
          ) => html`<label><input type="radio" name="train-colour" value=${i} .checked=${editor.colour.value === String(i)}
            aria-label=${t("trainColourOf", { colour })} @change=${() => {
              editor.colour.value = String(i);
            }} /><span style=${styleMap({ background: colour })}></span></label>`,
        )}
      </fieldset>
      <div class="line tools">
        ${button("train-pixels-undo", t("trainUndoStroke"), () => editor.undo(), editor.past.value.length === 0)}
        ${button("train-pixels-flip", t("trainMirror"), () => editor.flip())}
        ${button("train-pixels-clear", t("trainClear"), () => editor.clear())}
      </div>
      ${button("train-pixels-add", t("trainAdd"), add)}
    </div>
  </div>`;
}
