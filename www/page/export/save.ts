/** The sheet "Save": a picture, the denoising as GIF or video, and the record of the run, each as a file. */

import { announce } from "../announce.ts";
import { find, say } from "../dom.ts";
import { madeLine } from "../share-code.ts";
import type { Pictures } from "../stage.ts";
import { save } from "../texts/save.ts";
import { texts } from "../texts.ts";
import { type Animation, denoising, shownPositions } from "./animation.ts";
import { fileName } from "./name.ts";
import { encodePng } from "./png.ts";
import { type Extent, gridExtent, onePicture, rasterOf } from "./raster.ts";
import { KEYWORD } from "./restore.ts";
import { runJson } from "./run.ts";
import { type OnStage, type Saved, savedFrom } from "./saved.ts";

const MOST_SCALE = 32;
const MOST_FPS = 50;

/** Pixels of the largest PNG, and of one picture of an animation: more fills a browser's memory. */
const MOST_PIXELS = { picture: 1e8, animation: 1.6e7 };

/** The scale that is proposed makes the grid about this wide. */
const USUAL_WIDTH = 560;

/** The sheet. It asks for what is on the stage each time it opens. */
export class SaveSheet {
  private readonly which = find("save-which", HTMLSelectElement);
  private readonly scale = find("save-scale", HTMLInputElement);
  private readonly fps = find("save-fps", HTMLInputElement);
  private readonly progress = find("save-progress", HTMLProgressElement);
  private readonly buttons = ["png", "gif", "video", "json"].map((kind) => find(`save-${kind}`, HTMLButtonElement));
  private saved: Saved | undefined;
  private signature = "";
  private busy = false;

  /** Connects the sheet's controls. */
  constructor() {
    const [png, gif, video, json] = this.buttons;
    png?.addEventListener("click", () => void this.work((saved) => this.png(saved)));
    gif?.addEventListener("click", () => void this.work((saved) => this.gif(saved)));
    video?.addEventListener("click", () => void this.work((saved) => this.video(saved)));
    json?.addEventListener("click", () => void this.work((saved) => this.json(saved)));
    for (const control of [this.which, this.scale, this.fps]) control.addEventListener("input", () => this.update());
  }

  /** Shows what can be saved; undefined when nothing was generated. */
  show(stage: OnStage | undefined): void {
    this.saved = stage && savedFrom(stage);
    this.offer();
    this.update();
  }

  /** Offers the images of the run, and a scale that suits them. Choices stay as long as the run has as many and as large ones. */
  private offer(): void {
    const { saved } = this;
    if (!saved) return;
    const { images } = saved.made.settings;
    const { shape } = saved.made.info;
    const signature = `${images} ${shape}`;
    if (signature === this.signature) return;
    this.signature = signature;
    const single = Array.from({ length: images }, (_, i) => new Option(save.image(i + 1), String(i)));
    this.which.replaceChildren(...(images > 1 ? [new Option(save.allImages(images), "all")] : []), ...single);
    const usual = Math.round(USUAL_WIDTH / gridExtent(images, shape, 1).width);
    this.scale.value = String(Math.min(MOST_SCALE, Math.max(1, usual)));
  }

  private update(): void {
    const { saved } = this;
    for (const button of this.buttons) button.disabled = !saved || this.busy;
    const step = saved && texts.stepSaid(saved.frame.step, saved.total);
    say(find("save-of", HTMLElement), saved && step ? save.of(madeLine(saved.made), step) : save.nothing);
    if (!saved) return;
    const problem = this.problem();
    this.complain(problem);
    if (problem !== "") return;
    const { width, height } = this.extent(saved);
    say(find("save-size", HTMLElement), save.size(width, height));
    const { frames, hold, fps } = timing(saved, this.fps.valueAsNumber);
    say(find("save-time", HTMLElement), save.seconds(frames, frames / fps + hold));
  }

  /** What is wrong with the numbers; empty when nothing is. */
  private problem(): string {
    const wrong = (input: HTMLInputElement, most: number) => {
      const value = input.valueAsNumber;
      const bad = !Number.isInteger(value) || value < 1 || value > most;
      if (bad) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      return bad;
    };
    const [scale, fps] = [wrong(this.scale, MOST_SCALE), wrong(this.fps, MOST_FPS)];
    if (scale) return save.scaleRange(this.scale.value);
    return fps ? save.fpsRange(this.fps.value) : "";
  }

  /** The pictures of a frame that are chosen. */
  private chosen(saved: Saved, pixels: Uint8Array): Pictures {
    const pictures = saved.picturesOf(pixels);
    return this.which.value === "all" ? pictures : onePicture(pictures, Number(this.which.value));
  }

  private extent(saved: Saved): Extent {
    const { count, shape } = this.chosen(saved, saved.frame.pixels[saved.which]);
    return gridExtent(count, shape, this.scale.valueAsNumber);
  }

  private async png(saved: Saved): Promise<string> {
    this.checkSize(saved, MOST_PIXELS.picture);
    const { frame, which, total, parameters } = saved;
    const raster = rasterOf(this.chosen(saved, frame.pixels[which]), this.scale.valueAsNumber);
    const one = this.which.value === "all" ? {} : { image: Number(this.which.value) };
    const text = JSON.stringify({ ...parameters, step: frame.step, of: total, show: which, ...one });
    const name = fileName(saved.made.settings, "png");
    download(new Blob([await encodePng(raster, KEYWORD, text)], { type: "image/png" }), name);
    return name;
  }

  private async gif(saved: Saved): Promise<string> {
    const animation = this.animation(saved);
    const { encodeGif } = await import("./gif.ts");
    const name = fileName(saved.made.settings, "gif");
    download(await encodeGif(animation, (done) => this.follow(save.gif, done)), name);
    return name;
  }

  private async video(saved: Saved): Promise<string> {
    const animation = this.animation(saved);
    const { encodeVideo } = await import("./video.ts");
    const { blob, ending } = await encodeVideo(animation, (done) => this.follow(save.video, done));
    const name = fileName(saved.made.settings, ending);
    download(blob, name);
    return name;
  }

  private async json(saved: Saved): Promise<string> {
    const name = fileName(saved.made.settings, "json");
    download(new Blob([runJson(saved)], { type: "application/json" }), name);
    return name;
  }

  private animation(saved: Saved): Animation {
    this.checkSize(saved, MOST_PIXELS.animation);
    const chosen = { ...saved, picturesOf: (pixels: Uint8Array) => this.chosen(saved, pixels) };
    return denoising(chosen, this.scale.valueAsNumber, this.fps.valueAsNumber);
  }

  private checkSize(saved: Saved, most: number): void {
    const { width, height } = this.extent(saved);
    if (width * height > most) throw new Error(save.tooLarge(width, height, most));
  }

  /** Does one piece of work at a time; what it throws is said, and nothing is lost. */
  private async work(make: (saved: Saved) => Promise<string>): Promise<void> {
    const { saved } = this;
    if (!saved || this.busy || this.problem() !== "") return;
    const focused = document.activeElement;
    this.busy = true;
    this.update();
    try {
      const sentence = save.saved(await make(saved));
      say(find("save-said", HTMLElement), sentence);
      announce(sentence);
    } catch (error) {
      this.complain(error instanceof Error ? error.message : String(error));
    } finally {
      this.busy = false;
      this.progress.hidden = true;
      for (const button of this.buttons) button.disabled = false;
      if (focused instanceof HTMLElement) focused.focus();
    }
  }

  private follow(name: string, done: number): void {
    this.progress.hidden = false;
    this.progress.value = done;
    say(find("save-said", HTMLElement), save.working(name, done));
  }

  private complain(sentence: string): void {
    say(find("save-problem", HTMLElement), sentence);
    say(find("save-said", HTMLElement), "");
  }
}

/** How long the denoising will be. */
function timing(saved: Saved, fps: number) {
  const { hold } = denoising(saved, 1, fps);
  return { frames: shownPositions(saved.history.length).length, hold, fps };
}

/** Hands a file to the browser, as a link with `download` does. */
function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the address when it has asked where to save: well within a minute.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
