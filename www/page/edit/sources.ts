/** Where the picture comes from: a file, Generate's stage, a result; and the noise that is added to it. */

import { type FittedPicture, noise } from "../../src/index.ts";
import { fromBytes, onePicture, type Pictures } from "../../ui/pixels.ts";
import { announce } from "../dom.ts";
import { fitFile } from "../files/fit.ts";
import { quoted } from "../panel/numbers.ts";
import { clearProblem } from "../panel/problems.ts";
import { rollSeed } from "../settings.ts";
import { decimal, t } from "../texts.ts";
import type { Store } from "./state.ts";

/** Brings pictures into the store. */
export class Sources {
  private readonly store: Store;
  private readonly onError: (error: unknown) => void;
  private turn = 0;

  constructor(store: Store, onError: (error: unknown) => void) {
    this.store = store;
    this.onError = onError;
  }

  /** Takes a file as the picture; the newest wins. */
  async open(file: File): Promise<void> {
    const { store } = this;
    clearProblem("edit");
    const turn = ++this.turn;
    try {
      const fitted = await fitFile(file, store.shape.value, { fit: store.fit.value });
      if (turn !== this.turn) return;
      store.put(fitted.x, fittedSaid(file.name, fitted), file);
      announce(store.layers.value.told);
    } catch (error) {
      this.onError(error);
    }
  }

  /** Takes the picture in the clipboard. */
  paste(event: ClipboardEvent): void {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    void this.open(file);
  }

  /** Takes one of Generate's pictures. */
  take(image: number, pictures: Pictures | undefined = this.store.made.value): void {
    if (pictures) this.put(pictures, image, t("editTaken", { image: image + 1, images: pictures.count }));
  }

  /** Takes the result that is looked at. */
  goOn(): void {
    const [found, image] = [this.store.results.value, this.store.chosen.value];
    if (found && image !== undefined) this.put(found, image, t("editGoneOn"));
  }

  /** Adds noise that can be removed, or takes it away. */
  async toggleNoise(): Promise<void> {
    const { noise: added } = this.store.denoise;
    if (added.value) added.value = undefined;
    else await this.addNoise(rollSeed());
  }

  /** Adds the noise of a seed. */
  async addNoise(seed: number): Promise<void> {
    this.store.denoise.noise.value = { seed, eps: await noise(seed, [1, ...this.store.shape.value]) };
  }

  private put(pictures: Pictures, image: number, told: string): void {
    this.turn += 1;
    this.store.put(fromBytes(onePicture(pictures, image).pixels), told);
  }
}

/** What was done to a picture, in a sentence. */
function fittedSaid(name: string, { given, taken, placed, fit, width, height }: FittedPicture): string {
  const sizes = { file: quoted(name), width, height, from: `${given.width} × ${given.height}` };
  if (given.width === width && given.height === height) return t("editAsItIs", sizes);
  const size = (part: { width: number; height: number }) => `${decimal(part.width, 0)} × ${decimal(part.height, 0)}`;
  if (fit === "crop" && size(taken) !== size(given)) return t("editCropped", { ...sizes, part: size(taken) });
  if (fit === "pad" && size(placed) !== `${width} × ${height}`)
    return t("editPadded", { ...sizes, part: size(placed) });
  return t("editScaled", sizes);
}
