/** Shows the frames of an interpolation: the one looked at large, all of them as a film or a square, and what they are. */

import { dim, name } from "../../ui/dom.ts";
import { fitGrid } from "../../ui/grid.ts";
import type { PictureShape } from "../../ui/pixels.ts";
import { Stage } from "../../ui/stage.ts";
import { find, toggleBySpace, write } from "../dom.ts";
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
}

/** What the visitor does to the view. */
export interface Hands {
  /** Looks at a frame. */
  seek(frame: number): void;
  /** Plays the loop, or holds it. */
  toggle(): void;
}

/** The left half of the tab. */
export class InterpolateView {
  private readonly stage = new Stage(find("morph-canvas", HTMLCanvasElement), fitGrid);
  private readonly strip = new Film(find("morph-strip", HTMLCanvasElement));
  private readonly grid = new Film(find("morph-grid", HTMLCanvasElement));
  private readonly scrub = find("morph-scrub", HTMLInputElement);
  private readonly across = find("morph-across", HTMLInputElement);
  private readonly down = find("morph-down", HTMLInputElement);
  private readonly play = find("morph-play", HTMLButtonElement);
  private columns = 1;

  /** Connects the slider, the sliders of the square, the square itself, and the key. */
  constructor(hands: Hands) {
    this.stage.start();
    this.scrub.addEventListener("input", () => hands.seek(this.scrub.valueAsNumber));
    for (const axis of [this.across, this.down]) {
      axis.addEventListener("input", () =>
        hands.seek(this.down.valueAsNumber * this.columns + this.across.valueAsNumber),
      );
    }
    for (const slider of [this.scrub, this.across, this.down]) {
      toggleBySpace(slider, () => hands.toggle());
    }
    this.play.addEventListener("click", () => hands.toggle());
    this.followPointer(find("morph-grid", HTMLCanvasElement), hands);
    const smooth = find("smooth", HTMLInputElement);
    smooth.addEventListener("change", () => this.stage.setSmooth(smooth.checked));
  }

  /** Shows how the frames stand. */
  update(s: Showing): void {
    const { layout, shape } = s;
    const square = layout.rows > 1;
    this.columns = layout.columns;
    find("morph-film").hidden = square;
    find("morph-axes").hidden = !square;
    find("morph-square").hidden = !square;
    this.large(s);
    const film: FilmSource = { layout, shape, at: s.at, shown: s.shown };
    (square ? this.grid : this.strip).show(film);
    this.sliders(s);
    const stage = find("morph-stage");
    stage.setAttribute("aria-busy", String(s.busy));
    write("morph-caption", s.caption);
    write("morph-outcome", s.outcome);
    dim(this.play, !s.some);
    this.play.classList.toggle("on", s.playing);
    name(this.play, t(s.playing ? "pauseLoop" : "playLoop"));
  }

  private large(s: Showing): void {
    const { layout, shape } = s;
    const found = s.at(s.shown);
    if (!found) {
      this.stage.idle(layout.images, shape, t("placeholder"));
      return;
    }
    const more = found.kind === "ready" ? "" : `, ${t(found.kind === "near" ? "frameNear" : "frameGuess")}`;
    const name = t("framePicture", { images: layout.images, what: placed(s) + more });
    this.stage.show({ pixels: found.pixels, count: layout.images, shape }, name);
  }

  private sliders(s: Showing): void {
    const { layout, shown } = s;
    const { columns, rows } = layout;
    const said = `${t("frameOf", { frame: shown + 1, frames: columns * rows })}, ${placed(s)}`;
    const set = (slider: HTMLInputElement, most: number, value: number) => {
      slider.max = String(most);
      slider.value = String(value);
      slider.setAttribute("aria-valuetext", said);
    };
    set(this.scrub, columns * rows - 1, shown);
    set(this.across, columns - 1, shown % columns);
    set(this.down, rows - 1, Math.floor(shown / columns));
    const [u, v] = placeOf(shown, layout);
    const parts = s.partsAt === undefined ? t("neverParts") : `t = ${s.partsAt}`;
    const where = { two: percent(u), four: `${percent(u)}, ${percent(v)}`, variations: parts };
    write("morph-count", where[s.mode]);
  }

  private followPointer(canvas: HTMLCanvasElement, hands: Hands): void {
    const look = (event: PointerEvent) => hands.seek(this.grid.frameAt(event.clientX, event.clientY));
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      look(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) look(event);
    });
  }
}

/** Where the shown frame stands, in words. */
function placed({ mode, shown, layout, partsAt }: Showing): string {
  const [u, v] = placeOf(shown, layout);
  if (mode === "variations") return partsAt === undefined ? t("neverParts") : t("partsAt", { t: partsAt });
  const across = percent(u);
  return mode === "two" ? t("placeTwo", { across }) : t("placeFour", { across, down: percent(v) });
}
