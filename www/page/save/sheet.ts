/** The sheet "Save": a picture, the denoising as GIF or video, and the record of the run, each as a file. */

import { onePicture } from "../../ui/pixels.ts";
import { announce, download, find, write } from "../dom.ts";
import { problemWith } from "../panel/numbers.ts";
import { fitted } from "../share/edit.ts";
import { parametersOf } from "../share/link.ts";
import { madeAlone, savedName } from "../share/made.ts";
import { bytes, decimal, percent, t } from "../texts.ts";
import { headed, headedExtent } from "./heads.ts";
import { encodePng } from "./png.ts";
import { columnsOf, type Extent, gridExtent, pixelsSaid, rasterOf } from "./raster.ts";
import { KEYWORD } from "./restore.ts";
import { runJson } from "./run.ts";
import {
  type Animation,
  animationOf,
  type Morphing,
  type OnStage,
  type Saved,
  sampleOf,
  savedFrom,
  savedFromMorph,
  savedFromTable,
  type Tabled,
} from "./saved.ts";

const MOST_SCALE = 32;

/** Pixels of the largest PNG, and of one picture of an animation: more fills a browser's memory. */
const MOST_PIXELS = { picture: 1e8, animation: 1.6e7 };

/** The scale that is proposed makes the grid about this wide. */
const USUAL_WIDTH = 560;

/** Pictures per second that are proposed: a morph has fewer of them than a run has steps. */
const USUAL_FPS = { denoising: 20, morph: 8 };

/** So many pictures of a GIF tell how large it will be. */
const SAMPLED = 4;

/** The sheet. It asks for what is on the stage each time it opens. */
export class SaveSheet {
  private readonly which = find("save-which", HTMLSelectElement);
  private readonly scale = find("save-scale", HTMLInputElement);
  private readonly fps = find("save-fps", HTMLInputElement);
  private readonly progress = find("save-progress", HTMLProgressElement);
  private readonly buttons = ["png", "gif", "video", "json"].map((kind) => find(`save-${kind}`, HTMLButtonElement));
  private saved: Saved | undefined;
  /** What was asked for last. */
  private coming: Promise<unknown> | undefined;
  private weighing = 0;
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

  /** Shows what can be saved, and nothing until then; undefined when nothing was generated. */
  async show(coming: Promise<OnStage | Morphing | Tabled | undefined>): Promise<void> {
    this.coming = coming;
    this.saved = undefined;
    this.update();
    write("save-of", "");
    const stage = await coming;
    if (coming !== this.coming) return;
    this.saved = stage && savedOf(stage);
    this.offer();
    this.update();
  }

  /** Offers the images of the run, and a scale that suits them. Choices stay as long as the run has as many and as large ones. */
  private offer(): void {
    const { saved } = this;
    if (!saved) return;
    const { pictures, columns } = saved;
    const { count, shape } = pictures;
    const morphs = saved.made.morph !== undefined;
    write("save-video-note", t(morphs ? "saveMorph" : "saveDenoising"));
    const signature = `${saved.made.morph?.mode} ${count} ${shape}`;
    if (signature === this.signature) return;
    this.signature = signature;
    this.fps.value = String(morphs ? USUAL_FPS.morph : USUAL_FPS.denoising);
    const single = Array.from(
      { length: saved.heads ? 0 : count },
      (_, i) => new Option(t("saveImage", { n: i + 1 }), String(i)),
    );
    this.which.replaceChildren(...(count > 1 ? [new Option(t("saveAll", { n: count }), "all")] : []), ...single);
    const usual = Math.round(USUAL_WIDTH / gridExtent(pictures, 1, Math.min(columns, columnsOf(count))).width);
    this.scale.value = String(Math.min(MOST_SCALE, Math.max(1, usual)));
  }

  private update(): void {
    const { saved } = this;
    for (const button of this.buttons) button.disabled = !saved || this.busy || (isMoving(button) && saved.count === 0);
    write("save-of", saved?.said ?? t("saveNothing"));
    if (!saved) return;
    const problem = this.problem();
    this.complain(problem);
    if (problem !== "") return;
    write("save-size", pixelsSaid(this.extent(saved)));
    if (saved.count === 0) this.still();
    else this.moving(saved);
  }

  /** Says how long the animation is, and how large. */
  private moving(saved: Saved): void {
    const seconds = saved.count / this.fps.valueAsNumber + saved.hold;
    write("save-time", t("saveSeconds", { n: saved.count, seconds: decimal(seconds, 1) }));
    void this.weighGif(saved);
  }

  /** Says that there is no animation of what is shown. */
  private still(): void {
    this.weighing += 1;
    for (const id of ["save-gif-note", "save-video-note"]) write(id, t("saveStill"));
    write("save-time", "");
  }

  /** Says how large the GIF will be, from a few of its pictures. What cannot be told beforehand is not. */
  private async weighGif(saved: Saved): Promise<void> {
    const turn = ++this.weighing;
    const what = t(saved.made.morph ? "saveMorph" : "saveDenoising");
    write("save-gif-note", what);
    try {
      const { encodeGif } = await import("./gif.ts");
      this.animation(saved);
      const sample = sampleOf(saved, this.image, this.scale.valueAsNumber, SAMPLED);
      const { size } = await encodeGif(sample, () => {});
      const all = bytes((size / sample.count) * saved.count);
      if (turn === this.weighing) write("save-gif-note", t("saveGifSize", { what, bytes: all }));
    } catch {
      // It is too large, or its encoder could not be fetched: saving it says so.
    }
  }

  /** What is wrong with the numbers; empty when nothing is. */
  private problem(): string {
    const wrong = (input: HTMLInputElement, name: string) => {
      const problem = problemWith(input, name);
      if (problem !== "") input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      return problem;
    };
    const [scale, fps] = [wrong(this.scale, "scale"), wrong(this.fps, "fps")];
    return scale || fps;
  }

  /** Which picture of several is chosen; undefined for all. */
  private get image(): number | undefined {
    return this.which.value === "all" || this.which.options.length === 1 ? undefined : Number(this.which.value);
  }

  private extent({ pictures, columns, heads }: Saved): Extent {
    const scale = this.scale.valueAsNumber;
    if (this.image !== undefined) return gridExtent({ ...pictures, count: 1 }, scale, 1);
    const extent = gridExtent(pictures, scale, columns);
    return heads ? headedExtent(extent, heads) : extent;
  }

  private async png(saved: Saved): Promise<string> {
    this.checkExtent(this.extent(saved), MOST_PIXELS.picture);
    return savePng(saved, this.image, this.scale.valueAsNumber);
  }

  private async gif(saved: Saved): Promise<string> {
    const animation = this.animation(saved);
    const { encodeGif } = await import("./gif.ts");
    const name = savedName(madeAlone(saved.made, this.image), "gif");
    download(await encodeGif(animation, (done) => this.follow("GIF", done)), name);
    return name;
  }

  private async video(saved: Saved): Promise<string> {
    const animation = this.animation(saved);
    const { encodeVideo } = await import("./video.ts");
    const { blob, ending } = await encodeVideo(animation, (done) => this.follow(t("video"), done));
    const name = savedName(madeAlone(saved.made, this.image), ending);
    download(blob, name);
    return name;
  }

  private async json(saved: Saved): Promise<string> {
    const name = savedName(saved.made, "json");
    download(new Blob([runJson(saved)], { type: "application/json" }), name);
    return name;
  }

  private animation(saved: Saved): Animation {
    const animation = animationOf(saved, this.image, this.scale.valueAsNumber, this.fps.valueAsNumber);
    const { count, shape } = saved.at(0, this.image);
    this.checkExtent(gridExtent({ count, shape }, this.scale.valueAsNumber, columnsOf(count)), MOST_PIXELS.animation);
    return animation;
  }

  private checkExtent(extent: Extent, most: number): void {
    if (extent.width * extent.height <= most) return;
    throw new Error(t("saveTooLarge", { pixels: pixelsSaid(extent), most: most / 1e6 }));
  }

  /** Does one piece of work at a time; what it throws is said, and nothing is lost. */
  private async work(make: (saved: Saved) => Promise<string>): Promise<void> {
    const { saved } = this;
    if (!saved || this.busy || this.problem() !== "") return;
    const focused = document.activeElement;
    this.busy = true;
    this.update();
    try {
      const sentence = t("saved", { name: await make(saved) });
      write("save-said", sentence);
      announce(sentence);
    } catch (error) {
      this.complain(error instanceof Error ? error.message : String(error));
    } finally {
      this.busy = false;
      this.progress.hidden = true;
      for (const button of this.buttons) button.disabled = isMoving(button) && saved.count === 0;
      if (focused instanceof HTMLElement) focused.focus();
    }
  }

  private follow(name: string, done: number): void {
    this.progress.hidden = false;
    this.progress.value = done;
    write("save-said", t("saveWorking", { name, done: percent(done) }));
  }

  private complain(sentence: string): void {
    write("save-problem", sentence);
    write("save-said", "");
  }
}

function savedOf(stage: OnStage | Morphing | Tabled): Saved {
  if ("rows" in stage) return savedFromTable(stage);
  return "sheets" in stage ? savedFromMorph(stage) : savedFrom(stage);
}

/** Whether the button is of a file that moves. */
function isMoving({ id }: HTMLButtonElement): boolean {
  return id === "save-gif" || id === "save-video";
}

/** Saves one picture of those on the stage at the scale that is usual; its file's name. */
export function savePicture(stage: OnStage, image: number): Promise<string> {
  const saved = savedFrom(stage);
  const width = gridExtent({ ...saved.pictures, count: 1 }, 1, 1).width;
  return savePng(saved, image, Math.min(MOST_SCALE, Math.max(1, Math.round(USUAL_WIDTH / width))));
}

/** What tells a picture from others of its run: the step where it is not the last, and the frame. */
function placeOf({ made, shown }: Saved, image: number | undefined): string {
  if (made.morph) return image === undefined ? "" : `-frame${image + 1}`;
  const { step, of, show } = shown;
  return step === of ? "" : `-step${step}${show === "x0" ? "-x0" : ""}`;
}

/** Saves pictures with what made them; all of them where no image is named. */
async function savePng(saved: Saved, image: number | undefined, scale: number): Promise<string> {
  const { pictures, columns, heads, shown } = saved;
  const made = madeAlone(saved.made, image);
  const plain =
    image === undefined ? rasterOf(pictures, scale, columns) : rasterOf(onePicture(pictures, image), scale, 1);
  const raster = heads ? headed(plain, heads) : plain;
  const frame = made.morph && image !== undefined && { image };
  const text = JSON.stringify({ ...fitted(parametersOf(made), "file"), ...shown, ...frame });
  const name = savedName(made, "png", placeOf(saved, image));
  download(new Blob([await encodePng(raster, KEYWORD, text)], { type: "image/png" }), name);
  return name;
}
