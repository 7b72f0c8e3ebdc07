/** Shows the frames of an interpolation: the one looked at large, all of them as a film or a square, and what they are. */

import { html, type TemplateResult } from "lit-html";
import { make } from "../../ui/dom.ts";
import { fitGrid } from "../../ui/grid.ts";
import type { PictureShape } from "../../ui/pixels.ts";
import { Stage } from "../../ui/stage.ts";
import { find } from "../dom.ts";
import { bound, playKey, range } from "../parts.ts";
import { percent, t } from "../texts.ts";
import { Film, type FilmSource } from "./film.ts";
import type { FramePixels } from "./frames.ts";
import { type Layout, type Mode, placeOf } from "./settings.ts";

/** What the view is told of the frames. */
export interface Showing {
  mode: Mode;
  layout: Layout;
  shape: PictureShape;
  shown: number;
  at(frame: number): FramePixels | undefined;
  /** Whether any frame is there. */
  some: boolean;
  /** Timestep at which the variations of the shown frame part; undefined at the data. */
  partsAt: string | undefined;
  caption: string;
  outcome: string;
  busy: boolean;
  playing: boolean;
  /** What the frames share, in a sentence or two. */
  shared: string;
  /** Whether DDPM is offered in place of a sampler whose variations are all the same. */
  vain: boolean;
}

/** What the visitor does to the view. */
interface Hands {
  /** Looks at a frame. */
  seek(frame: number): void;
  /** Plays the loop, or holds it. */
  toggle(): void;
  /** Takes DDPM. */
  ddpm(): void;
}

/** The left half of the tab. */
export class InterpolateView {
  private readonly canvas = make("canvas", { id: "morph-canvas", role: "img", "aria-label": t("placeholder") });
  private readonly stage = new Stage(this.canvas, fitGrid);
  private readonly strip = new Film("morph-strip");
  private readonly grid = new Film("morph-grid");
  private readonly hands: Hands;

  /** Connects the square, and what says how pictures are enlarged. */
  constructor(hands: Hands) {
    this.hands = hands;
    this.stage.start();
    const { canvas } = this.grid;
    const look = (event: PointerEvent) => hands.seek(this.grid.frameAt(event.clientX, event.clientY));
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      look(event);
    });
    canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && look(event));
    const smooth = find("smooth", HTMLInputElement);
    const follow = () => this.stage.setSmooth(smooth.checked);
    smooth.addEventListener("change", follow);
    follow();
  }

  /** Draws the frames, once what is around them is there. */
  draw(s: Showing): void {
    const { layout, shape } = s;
    const film: FilmSource = { layout, shape, at: s.at, shown: s.shown };
    (layout.rows > 1 ? this.grid : this.strip).show(film);
    const found = s.at(s.shown);
    if (!found) {
      this.stage.idle(layout.images, shape, t("placeholder"));
      return;
    }
    const more = found.kind === "ready" ? "" : `, ${t(found.kind === "near" ? "frameNear" : "frameGuess")}`;
    const name = t("framePicture", { images: layout.images, what: placed(s) + more });
    this.stage.show({ pixels: found.pixels, count: layout.images, shape }, name);
  }

  /** How the frames stand. */
  of(s: Showing): TemplateResult {
    const { layout, shown } = s;
    const { columns, rows } = layout;
    const { hands } = this;
    const square = rows > 1;
    const said = `${t("frameOf", { frame: shown + 1, frames: columns * rows })}, ${placed(s)}`;
    const slider = (id: string, label: string, most: number, at: number, to: (at: number) => number, look = "slider") =>
      range(
        id,
        bound(
          () => at,
          (at) => hands.seek(to(at)),
        ),
        { label, least: 0, most, said, class: look },
      );
    const [column, row] = [shown % columns, Math.floor(shown / columns)];
    const press = (event: KeyboardEvent) => {
      if (event.key !== " " || !(event.target instanceof HTMLInputElement)) return;
      event.preventDefault();
      hands.toggle();
    };
    return html`<div class="screens" id="morph-screens">
        <div class="screen stage" id="morph-stage" aria-busy=${s.busy}>
          ${this.canvas}
          <div class="edge" aria-hidden="true"><span class="cut" id="morph-caption">${s.caption}</span><span class="cut" id="morph-outcome">${s.outcome}</span></div>
        </div>
        <div class="screen square" id="morph-square" ?hidden=${!square}>
          <span aria-hidden="true">A</span><span aria-hidden="true">B</span>
          ${this.grid.canvas}
          <span aria-hidden="true">C</span><span aria-hidden="true">D</span>
        </div>
      </div>
      <div class="transport" role="group" aria-label=${t("countFrames")} @keydown=${press}>
        ${playKey("morph-play", t(s.playing ? "pauseLoop" : "playLoop"), s.playing, () => hands.toggle(), !s.some)}
        <div class="screen film" id="morph-film" ?hidden=${square}>
          ${this.strip.canvas}
          ${slider("morph-scrub", t("frameShown"), columns * rows - 1, shown, (at) => at, "over")}
        </div>
        <div class="axes" id="morph-axes" ?hidden=${!square}>
          <label for="morph-across">${t("across")}</label>${slider("morph-across", t("across"), columns - 1, column, (at) => row * columns + at)}
          <label for="morph-down">${t("down")}</label>${slider("morph-down", t("down"), rows - 1, row, (at) => at * columns + column)}
        </div>
        <output class="count" id="morph-count" for="morph-scrub morph-across morph-down">${counted(s)}</output>
      </div>
      <p class="shared"><span id="morph-shared">${s.shared}</span> <button type="button" class="quiet" id="morph-ddpm" ?hidden=${!s.vain} @click=${() => hands.ddpm()}>${t("takeDdpm")}</button></p>`;
  }
}

/** Where the shown frame stands, as briefly as the count does. */
function counted({ mode, shown, layout, partsAt }: Showing): string {
  const [u, v] = placeOf(shown, layout);
  if (mode === "variations") return partsAt === undefined ? t("neverParts") : `t = ${partsAt}`;
  return mode === "two" ? percent(u) : `${percent(u)}, ${percent(v)}`;
}

/** The same in words. */
function placed({ mode, shown, layout, partsAt }: Showing): string {
  const [u, v] = placeOf(shown, layout);
  if (mode === "variations") return partsAt === undefined ? t("neverParts") : t("partsAt", { t: partsAt });
  const across = percent(u);
  return mode === "two" ? t("placeTwo", { across }) : t("placeFour", { across, down: percent(v) });
}
