/** One picture, large: to be looked at, saved, taken as an end of an interpolation, or varied. */

import { html, nothing, render } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import { draw, onePicture, type Pictures, sheetOf } from "../../ui/pixels.ts";
import type { App } from "../app.ts";
import { find, write } from "../dom.ts";
import { shownPicture } from "../generate/transport.ts";
import type { InterpolationSettings } from "../interpolate/settings.ts";
import { className } from "../panel/classes.ts";
import { sentenceOf, showError } from "../panel/problems.ts";
import { aloneOf, labelsFor, type Settings } from "../settings.ts";
import { joined, t } from "../texts.ts";

/** The dialog. */
export class Large {
  private readonly app: App;
  private readonly dialog = document.createElement("dialog");
  private image = 0;

  constructor(app: App) {
    this.app = app;
    this.dialog.id = "large";
    this.dialog.className = "sheet large";
    this.dialog.setAttribute("aria-labelledby", "large-title");
    find("announce").before(this.dialog);
    this.dialog.addEventListener("keydown", (event) => this.press(event));
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close());
  }

  /** Shows the picture that was clicked on. */
  at({ offsetX, offsetY, target }: MouseEvent): void {
    const pictures = picturesOf(this.app);
    if (!pictures || !(target instanceof HTMLCanvasElement)) return;
    const [, height, width] = pictures.shape;
    const { scale, places } = this.app.view.layOut(pictures.count, target, { width, height });
    const [x, y] = [(offsetX * target.width) / target.clientWidth, (offsetY * target.height) / target.clientHeight];
    const within = (at: number, from: number, size: number) => at >= from && at < from + size * scale;
    const image = places.findIndex((place) => within(x, place.x, width) && within(y, place.y, height));
    if (image >= 0) this.open(image);
  }

  /** Shows one of the pictures on the stage; does nothing while there are none. */
  open(image: number): void {
    if (!picturesOf(this.app)) return;
    this.image = image;
    this.draw();
    if (!this.dialog.open) this.dialog.showModal();
  }

  private draw(): void {
    const { app, image } = this;
    const pictures = picturesOf(app);
    const { made } = app.generator;
    if (!pictures || !made) return;
    const one = onePicture(pictures, image);
    const name = t("largeOf", { image: image + 1, images: pictures.count });
    const label = labelsFor(made.settings.class, pictures.count, made.info)?.[image];
    const told = joined(name, label === undefined ? "" : className(label, made.info));
    const paint = (canvas?: Element) => canvas instanceof HTMLCanvasElement && draw(canvas, sheetOf(one, 1));
    const key = (id: string, words: string, act: () => void) =>
      html`<button type="button" class="plain" id=${id} @click=${act}>${words}</button>`;
    render(
      html`<h2 id="large-title">${told}</h2>
        <div class="screen"><canvas role="img" aria-label=${told} ${ref(paint)}></canvas></div>
        <div class="line">
          ${pictures.count === 1 ? nothing : html`${key("large-back", t("largeBack"), () => this.turn(-1))}${key("large-next", t("largeNext"), () => this.turn(1))}`}
          ${key("large-save", t("largeSave"), () => void this.save())}
          ${key("large-a", t("largeA"), () => this.leave(() => takeEnd(app, one, image, "a")))}
          ${key("large-b", t("largeB"), () => this.leave(() => takeEnd(app, one, image, "b")))}
          ${key("large-vary", t("largeVary"), () => this.leave(() => edit(app, one, "varied")))}
          ${key("large-close", t("largeClose"), () => this.dialog.close())}
        </div>
        <p class="hint">${t(hasOwnSeed(made.settings) ? "largeHintSeed" : "largeHint")}</p>
        <p class="problem" id="large-problem" role="alert"></p>
        <p class="hint said" id="large-said" role="status"></p>`,
      this.dialog,
    );
  }

  private turn(by: number): void {
    const { count = 1 } = picturesOf(this.app) ?? {};
    this.image = (this.image + by + count) % count;
    this.draw();
  }

  private press(event: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.turn(by);
  }

  private leave(act: () => void): void {
    this.dialog.close();
    try {
      act();
    } catch (error) {
      showError(error);
    }
  }

  private async save(): Promise<void> {
    try {
      const { savePicture } = await import("../sheets-later.ts");
      const saved = await this.app.handover.saved();
      if (saved && "history" in saved) write("large-said", t("saved", { name: await savePicture(saved, this.image) }));
    } catch (error) {
      write("large-problem", sentenceOf(error));
    }
  }
}

/** The pictures on Generate's stage as they are shown; none while another view is. */
function picturesOf({ player, view, tabs }: App): Pictures | undefined {
  const { frame } = player;
  if (!frame || tabs.shown !== "tab-generate") return undefined;
  return { pixels: frame.pixels[shownPicture()], count: view.showing.images, shape: view.showing.shape };
}

/** Whether every image comes from a seed of its own, which an interpolation can be asked for. */
function hasOwnSeed({ seeds, images, first }: Settings): boolean {
  return seeds !== undefined || (images === 1 && first === undefined);
}

/** Takes a picture as an end: by its seed and class where it has one, else as it is. */
function takeEnd(app: App, picture: Pictures, image: number, end: "a" | "b"): void {
  const { made } = app.generator;
  if (!made || !hasOwnSeed(made.settings)) return void edit(app, picture, end);
  const { morph } = app.benches;
  const alone = aloneOf(made.settings, image, made.info);
  const label = labelsFor(alone.class, 1, made.info)?.[0] ?? "any";
  const at = end === "a" ? 0 : 1;
  const seeds = morph.seedsFrom(end === "a" ? alone.seed : morph.settings.seeds[0]);
  if (end === "b") seeds[1] = alone.seed;
  const classes: InterpolationSettings["classes"] = [...morph.settings.classes];
  classes[at] = label;
  morph.set({ mode: "two", seeds, classes });
  app.tabs.show("tab-interpolate");
}

/** Takes a picture to Edit; one that is to be varied is varied at once. */
async function edit(app: App, picture: Pictures, as: "varied" | "a" | "b"): Promise<void> {
  app.tabs.show("tab-edit");
  (await app.benches.edit.enter())?.use(picture, as);
  if (as === "varied") await app.generate();
}
