/** Measures the table that Analytic-DPM needs, from images of the visitor's or from the pictures on the stage. */

import { signal } from "@preact/signals-core";
import { html } from "lit-html";
import { createRef, ref } from "lit-html/directives/ref.js";
import type { AnalyticTable, Model } from "../../src/index.ts";
import { fromBytes, type PictureShape } from "../../ui/pixels.ts";
import { announce, download, find } from "../dom.ts";
import { fitFile } from "../files/fit.ts";
import { sentenceOf } from "../panel/problems.ts";
import { withParts } from "../parts.ts";
import { oneLabel } from "../settings.ts";
import { duration, t } from "../texts.ts";
import { Card, card } from "./card.ts";

/** At most so many images are read: they are measured in one batch. */
const MOST_PICTURES = 200;

/** What is measured: images in [-1, 1], how many they are, and where they come from. */
interface Chosen {
  images: Float32Array;
  count: number;
  said: string;
}

/** The card of the table. A model keeps the table that it has until another is measured. */
export class Estimate extends Card {
  private readonly files = createRef<HTMLInputElement>();
  private readonly chosen = signal<Chosen | undefined>(undefined);
  private readonly table = signal<{ of: AnalyticTable; count: number } | undefined>(undefined);
  private model: Model | undefined;
  private reading = 0;

  view() {
    const { busy, chosen, table, shared } = this;
    const { made } = this;
    const disabled = busy.value || shared.now.value === undefined;
    const state = table.value
      ? t("estimateDone", { n: table.value.count })
      : t(this.shared.now.value?.model.info.hasAnalytic ? "estimatePresent" : "estimateAbsent");
    const after = html`<button type="button" class="plain" id="estimate-save" ?hidden=${!table.value} @click=${() => this.save()}>${t("estimateSave")}</button> `;
    const body = html`<figcaption class="hint">${withParts("estimateHint", html`<span id="estimate-state">${state}</span>`)}</figcaption>
      <div class="asking"><div>
        <div class="line">
          <label class="unseen" for="estimate-files">${t("imageFiles")}</label>
          <input type="file" id="estimate-files" multiple accept="image/*" aria-describedby="estimate-cost estimate-problem"
            ?disabled=${disabled} ${ref(this.files)} @change=${() => this.read()} />
          <button type="button" class="plain" id="estimate-take" ?disabled=${disabled} ?hidden=${made === 0} @click=${() => this.take()}>${t("estimateTake", { n: made })}</button>
        </div>
        ${this.controls("estimateMeasure", "measured", chosen.value !== undefined, { after })}
      </div></div>`;
    return card("estimate", "estimateTitle", body, "analytic");
  }

  override follow(): void {
    const { model } = this.shared.now.value ?? {};
    if (model !== this.model) {
      // What was chosen or measured for one model is nothing to another.
      this.stop();
      this.model = model;
      this.table.value = undefined;
      this.problem.value = "";
      this.choose(undefined);
    }
    super.follow();
  }

  /** What it will cost. */
  protected rest(): string {
    const { made, chosen } = this;
    const { model, perCall } = this.shared.now.value ?? {};
    if (!model || !chosen.value) {
      if (this.table.value) return "";
      return made > 0 ? t("estimateNeedsOr", { n: made }) : t("estimateNeeds");
    }
    const { said: images, count: n } = chosen.value;
    const calls = timestepsOf(model);
    if (perCall === undefined) return t("estimateCost", { images, calls, n });
    return t("estimateCostTime", { images, calls, n, time: duration((perCall * n * calls) / 1000) });
  }

  protected async begin(): Promise<void> {
    const [now, chosen] = [this.shared.now.value, this.chosen.value];
    if (now && chosen) await this.run((signal) => this.measureAll(now.model, chosen, signal));
  }

  /** How many pictures of the model's there are. */
  private get made(): number {
    const { run, model } = this.shared.now.value ?? {};
    return run && model ? run.pixels.length / lengthOf(model) : 0;
  }

  /** Takes these, or none; the field for files is empty where they come from elsewhere. */
  private choose(chosen: Chosen | undefined): void {
    this.reading += 1;
    if (this.files.value) this.files.value.value = "";
    this.chosen.value = chosen;
  }

  private async read(): Promise<void> {
    const { model } = this;
    const files = [...(this.files.value?.files ?? [])];
    if (!model || files.length === 0) return;
    const turn = ++this.reading;
    this.chosen.value = undefined;
    this.problem.value = "";
    try {
      const images = await readPictures(files, model.info.shape);
      if (turn !== this.reading) return;
      this.chosen.value = { images, count: files.length, said: t("estimateFiles", { n: files.length }) };
      super.follow();
    } catch (error) {
      if (turn === this.reading) this.problem.value = sentenceOf(error);
    }
  }

  private take(): void {
    const { run } = this.shared.now.value ?? {};
    if (!run) return;
    const count = this.made;
    this.problem.value = "";
    this.choose({ images: fromBytes(run.pixels), count, said: t("estimatePictures", { n: count }) });
    super.follow();
    find("estimate-begin").focus();
  }

  private async measureAll(model: Model, { images, count }: Chosen, signal: AbortSignal): Promise<void> {
    const all = timestepsOf(model);
    const onProgress = (done: number) =>
      signal.aborted || this.progress(done, t("estimateProgress", { done: Math.round(done * all), all }));
    const of = await model.estimateAnalytic(images, { ...oneLabel(model.info), signal, onProgress });
    if (model !== this.model) return;
    this.table.value = { of, count };
    this.choose(undefined);
    announce(t("estimateDone", { n: count }));
    this.shared.onTable();
  }

  private save(): void {
    const json = `${JSON.stringify(this.table.value?.of)}\n`;
    download(new Blob([json], { type: "application/json" }), "analytic_dpm.json");
  }
}

function timestepsOf({ info }: Model): number {
  return info.scheduler.num_train_timesteps ?? 1000;
}

/** How many values an image of a model has. */
export function lengthOf({ info: { shape } }: Model): number {
  return shape[0] * shape[1] * shape[2];
}

/**
 * Reads files, each cut to the middle and scaled to the model's images; one that has their size already keeps every pixel.
 * Throws an error whose message is a sentence for the visitor.
 */
async function readPictures(files: readonly File[], shape: PictureShape): Promise<Float32Array> {
  const [channels, height, width] = shape;
  if (channels !== 1 && channels !== 3) throw new Error(t("estimateChannels", { n: channels }));
  if (files.length > MOST_PICTURES) throw new Error(t("estimateTooMany", { n: files.length, most: MOST_PICTURES }));
  const length = channels * height * width;
  const images = new Float32Array(files.length * length);
  for (const [index, file] of files.entries()) images.set((await fitFile(file, shape)).x, index * length);
  return images;
}
