/** Measures the table that Analytic-DPM needs, from images of the visitor's or from the pictures on the stage. */

import type { AnalyticTable, Model } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import { fromBytes } from "../../ui/pixels.ts";
import { announce, download, find } from "../dom.ts";
import { sentenceOf } from "../panel/problems.ts";
import { oneLabel } from "../settings.ts";
import { duration, t } from "../texts.ts";
import { Card, type CardSources, type Surroundings } from "./card.ts";
import { lengthOf, readPictures } from "./pictures.ts";

/** What is measured: images in [-1, 1], and where they come from. */
interface Chosen {
  images: Float32Array;
  said: string;
}

/** The card of the table. A model keeps the table that it has until another is measured. */
export class Estimate extends Card {
  private readonly files = find("estimate-files", HTMLInputElement);
  private readonly take = find("estimate-take", HTMLButtonElement);
  private readonly save = find("estimate-save", HTMLButtonElement);
  private readonly state = find("estimate-state");
  private chosen: Chosen | undefined;
  private table: AnalyticTable | undefined;
  private model: Model | undefined;
  private reading = 0;

  /** Connects the card. */
  constructor(sources: CardSources) {
    super("estimate", "measure", "cost", sources);
    this.files.addEventListener("change", () => void this.read());
    this.take.addEventListener("click", () => this.takePictures());
    this.save.addEventListener("click", () => {
      const json = `${JSON.stringify(this.table)}\n`;
      download(new Blob([json], { type: "application/json" }), "analytic_dpm.json");
    });
  }

  /** Follows the page: another model, other pictures, another speed. */
  update(): void {
    const now = this.sources.look();
    if (now?.model !== this.model) this.exchange(now?.model);
    const made = now?.run ? now.run.pixels.length / lengthOf(now.model) : 0;
    this.take.hidden = made === 0;
    if (made > 0) say(this.take, t("estimateTake", { n: made }));
    const { busy } = this;
    this.take.disabled = this.files.disabled = busy || now === undefined;
    this.start.disabled = busy || this.chosen === undefined;
    if (busy) return;
    const without = this.table ? "" : made > 0 ? t("estimateNeedsOr", { n: made }) : t("estimateNeeds");
    say(this.line, now && this.chosen ? this.price(now, this.chosen) : without);
  }

  private price({ model, perCall }: Surroundings, { images, said }: Chosen): string {
    const timesteps = timestepsOf(model);
    const count = images.length / lengthOf(model);
    const what = { images: said, calls: timesteps, n: count };
    if (perCall === undefined) return t("estimateCost", what);
    return t("estimateCostTime", { ...what, time: duration((perCall * count * timesteps) / 1000) });
  }

  private async read(): Promise<void> {
    const now = this.sources.look();
    const files = [...(this.files.files ?? [])];
    if (!now || files.length === 0) return;
    const turn = ++this.reading;
    this.chosen = undefined;
    this.complain("");
    try {
      const images = await readPictures(files, now.model.info.shape);
      if (turn === this.reading && now.model === this.model) {
        this.chosen = { images, said: t("estimateFiles", { n: files.length }) };
      }
    } catch (error) {
      if (turn === this.reading) this.complain(sentenceOf(error));
    }
    this.update();
  }

  private takePictures(): void {
    const now = this.sources.look();
    if (!now?.run) return;
    this.reading += 1;
    this.files.value = "";
    this.complain("");
    const images = fromBytes(now.run.pixels);
    this.chosen = { images, said: t("estimatePictures", { n: images.length / lengthOf(now.model) }) };
    this.update();
    this.start.focus();
  }

  protected async begin(): Promise<void> {
    const [now, chosen] = [this.sources.look(), this.chosen];
    if (now && chosen) await this.run((signal) => this.measureAll(now.model, chosen, signal));
  }

  private async measureAll(model: Model, { images }: Chosen, signal: AbortSignal): Promise<void> {
    const timesteps = timestepsOf(model);
    const onProgress = (done: number) => {
      if (signal.aborted) return;
      this.follow(done, t("estimateProgress", { done: Math.round(done * timesteps), all: timesteps }));
    };
    const table = await model.estimateAnalytic(images, { ...oneLabel(model.info), signal, onProgress });
    if (model !== this.model) return;
    this.table = table;
    this.chosen = undefined;
    this.files.value = "";
    this.save.hidden = false;
    const sentence = t("estimateDone", { n: images.length / lengthOf(model) });
    say(this.state, sentence);
    announce(sentence);
    this.sources.onTable();
  }

  /** What was chosen or measured for one model is nothing to another. */
  private exchange(model: Model | undefined): void {
    this.stop();
    this.model = model;
    this.chosen = undefined;
    this.table = undefined;
    this.files.value = "";
    this.save.hidden = true;
    this.complain("");
    say(this.state, t(model?.info.hasAnalytic ? "estimatePresent" : "estimateAbsent"));
  }
}

function timestepsOf({ info }: Model): number {
  return info.scheduler.num_train_timesteps ?? 1000;
}
