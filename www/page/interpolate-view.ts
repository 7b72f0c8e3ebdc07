/** Shows the frames of an interpolation: the one looked at large, all of them as a film or a square, and what they are. */

import { find, say } from "./dom.ts";
import { idleNoise } from "./frame.ts";
import { Film, type FilmSource } from "./interpolate-film.ts";
import type { FramePixels } from "./interpolate-run.ts";
import { type Layout, type Mode, placeOf } from "./interpolation.ts";
import { Stage } from "./stage.ts";
import { interpolation as texts } from "./texts/interpolate.ts";
import { texts as page } from "./texts.ts";

/** What the view is told of the frames. */
export interface Showing {
  mode: Mode;
  layout: Layout;
  shape: readonly [channels: number, height: number, width: number];
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
  private readonly stage = new Stage(find("morph-canvas", HTMLCanvasElement));
  private readonly strip = new Film(find("morph-strip", HTMLCanvasElement));
  private readonly grid = new Film(find("morph-grid", HTMLCanvasElement));
  private readonly scrub = find("morph-scrub", HTMLInputElement);
  private readonly across = find("morph-across", HTMLInputElement);
  private readonly down = find("morph-down", HTMLInputElement);
  private readonly play = find("morph-play", HTMLButtonElement);
  private columns = 1;
  private idle: { pixels: Uint8Array; signature: string } | undefined;

  /** Connects the slider, the sliders of the square, the square itself, and the key. */
  constructor(hands: Hands) {
    this.scrub.addEventListener("input", () => hands.seek(this.scrub.valueAsNumber));
    for (const axis of [this.across, this.down]) {
      axis.addEventListener("input", () =>
        hands.seek(this.down.valueAsNumber * this.columns + this.across.valueAsNumber),
      );
    }
    for (const slider of [this.scrub, this.across, this.down]) {
      slider.addEventListener("keydown", (event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        hands.toggle();
      });
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
    find("morph-film", HTMLElement).hidden = square;
    find("morph-axes", HTMLElement).hidden = !square;
    find("morph-square", HTMLElement).hidden = !square;
    this.large(s);
    const film: FilmSource = { layout, shape, at: s.at, shown: s.shown };
    (square ? this.grid : this.strip).show(film);
    this.sliders(s);
    const stage = find("morph-stage", HTMLElement);
    stage.setAttribute("aria-busy", String(s.busy));
    say(find("morph-caption", HTMLElement), s.caption);
    say(find("morph-outcome", HTMLElement), s.outcome);
    this.play.setAttribute("aria-disabled", String(!s.some));
    this.play.classList.toggle("playing", s.playing);
    const label = s.playing ? texts.pause : texts.play;
    this.play.setAttribute("aria-label", label);
    this.play.title = label;
  }

  private large(s: Showing): void {
    const { layout, shape } = s;
    const found = s.at(s.shown);
    if (!found) {
      this.stage.show({ pixels: this.noise(layout.images, shape), count: layout.images, shape }, page.placeholder);
      return;
    }
    const of = placed(s);
    const more = found.kind === "near" ? `, ${texts.near}` : found.kind === "guess" ? `, ${texts.guess}` : "";
    this.stage.show({ pixels: found.pixels, count: layout.images, shape }, texts.picture(layout.images, of + more));
  }

  private sliders(s: Showing): void {
    const { layout, shown } = s;
    const { columns, rows } = layout;
    const said = `${texts.said(shown + 1, columns * rows)}, ${placed(s)}`;
    const set = (slider: HTMLInputElement, most: number, value: number) => {
      slider.max = String(most);
      slider.value = String(value);
      slider.setAttribute("aria-valuetext", said);
    };
    set(this.scrub, columns * rows - 1, shown);
    set(this.across, columns - 1, shown % columns);
    set(this.down, rows - 1, Math.floor(shown / columns));
    const [u, v] = placeOf(shown, layout);
    const where = s.mode === "variations" ? texts.parts(s.partsAt) : texts.place[s.mode](u, v);
    say(find("morph-count", HTMLElement), where);
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

  /** The same noise for as long as nothing changes, so that the stage stands still. */
  private noise(images: number, shape: Showing["shape"]): Uint8Array {
    const signature = `${images} ${shape.join()}`;
    if (this.idle?.signature !== signature) {
      this.idle = { signature, pixels: idleNoise(images * shape[0] * shape[1] * shape[2]) };
    }
    return this.idle.pixels;
  }
}

/** Where the shown frame stands, in words. */
function placed({ mode, shown, layout, partsAt }: Showing): string {
  const [u, v] = placeOf(shown, layout);
  if (mode === "variations") return texts.saidParts(partsAt);
  return mode === "two" ? texts.saidTwo(u) : texts.saidFour(u, v);
}
