/** Measures the table that Analytic-DPM needs, from images of the visitor's or from the pictures on the stage. */

import type { AnalyticTable, Model } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import { announce, download, find } from "../dom.ts";
import { sentenceOf } from "../panel/problems.ts";
import { oneLabel } from "../settings.ts";
import { Card } from "./card.ts";
import { fromBytes, readPictures } from "./pictures.ts";
import { estimating } from "./texts.ts";

/** What measuring needs to know of the page at the moment. */
export interface EstimateSurroundings {
  model: Model;
  /** All pictures of a finished run, in bytes. */
  pictures: Uint8Array | undefined;
  /** Milliseconds of one call of the network for one picture; undefined when never measured. */
  perCall: number | undefined;
}

/** What is measured: images in [-1, 1], and where they come from. */
interface Chosen {
  images: Float32Array;
  said: string;
}

/** What the card tells the page. */
export interface EstimateEvents {
  /** The model has a table, or another one. */
  onTable(): void;
  /** What only a fresh engine can mend. */
  onError(error: unknown): void;
}

/** The card of the table. */
export class Estimate {
  private readonly look: () => EstimateSurroundings | undefined;
  private readonly events: EstimateEvents;
  private readonly files = find("estimate-files", HTMLInputElement);
  private readonly take = find("estimate-take", HTMLButtonElement);
  private readonly card: Card;
  private readonly save = find("estimate-save", HTMLButtonElement);
  private readonly cost = find("estimate-cost");
  private readonly state = find("estimate-state");
  private chosen: Chosen | undefined;
  private table: AnalyticTable | undefined;
  private model: Model | undefined;
  private reading = 0;

  /** Connects the card. `look` tells how the page stands. */
  constructor(look: () => EstimateSurroundings | undefined, events: EstimateEvents) {
    this.look = look;
    this.events = events;
    this.card = new Card("estimate", "measure", {
      changed: () => this.update(),
      cancelled: () => {
        announce(estimating.cancelled);
        say(this.cost, `${estimating.cancelled} ${this.cost.textContent}`);
      },
      onError: (error) => events.onError(error),
    });
    this.files.addEventListener("change", () => void this.read());
    this.take.addEventListener("click", () => this.takePictures());
    this.card.begin.addEventListener("click", () => void this.begin());
    this.save.addEventListener("click", () => {
      const json = `${JSON.stringify(this.table)}\n`;
      download(new Blob([json], { type: "application/json" }), "analytic_dpm.json");
    });
  }

  /** Ends a measurement within one step; the model keeps the table that it had. */
  cancel(): void {
    this.card.stop();
  }

  /** Follows the page: another model, other pictures, another speed. */
  update(): void {
    const now = this.look();
    if (now?.model !== this.model) this.exchange(now?.model);
    const made = now?.pictures ? now.pictures.length / lengthOf(now.model) : 0;
    this.take.hidden = made === 0;
    if (made > 0) say(this.take, estimating.takePictures(made));
    const { busy } = this.card;
    this.take.disabled = this.files.disabled = busy || now === undefined;
    this.card.begin.disabled = busy || this.chosen === undefined;
    if (!busy) say(this.cost, now && this.chosen ? this.price(now, this.chosen) : estimating.needs);
  }

  private price({ model, perCall }: EstimateSurroundings, { images, said }: Chosen): string {
    const timesteps = timestepsOf(model);
    const count = images.length / lengthOf(model);
    const seconds = perCall === undefined ? undefined : (perCall * count * timesteps) / 1000;
    return `${said}. ${estimating.cost(timesteps, count, seconds)}`;
  }

  private async read(): Promise<void> {
    const now = this.look();
    const files = [...(this.files.files ?? [])];
    if (!now || files.length === 0) return;
    const turn = ++this.reading;
    this.chosen = undefined;
    this.card.complain("");
    try {
      const images = await readPictures(files, now.model.info.shape);
      if (turn === this.reading && now.model === this.model) {
        this.chosen = { images, said: estimating.files(files.length) };
      }
    } catch (error) {
      if (turn === this.reading) this.card.complain(sentenceOf(error));
    }
    this.update();
  }

  private takePictures(): void {
    const now = this.look();
    if (!now?.pictures) return;
    this.reading += 1;
    this.files.value = "";
    this.card.complain("");
    const images = fromBytes(now.pictures);
    this.chosen = { images, said: estimating.pictures(images.length / lengthOf(now.model)) };
    this.update();
    this.card.begin.focus();
  }

  private async begin(): Promise<void> {
    const [now, chosen] = [this.look(), this.chosen];
    if (now && chosen) await this.card.run((signal) => this.measureAll(now.model, chosen, signal));
  }

  private async measureAll(model: Model, { images }: Chosen, signal: AbortSignal): Promise<void> {
    const timesteps = timestepsOf(model);
    const onProgress = (done: number) => {
      if (signal.aborted) return;
      this.card.follow(done);
      say(this.cost, estimating.progress(Math.round(done * timesteps), timesteps));
    };
    const table = await model.estimateAnalytic(images, { ...oneLabel(model.info), signal, onProgress });
    if (model !== this.model) return;
    this.table = table;
    this.save.hidden = false;
    const sentence = estimating.done(images.length / lengthOf(model));
    say(this.state, sentence);
    announce(sentence);
    this.events.onTable();
  }

  /** What was chosen or measured for one model is nothing to another. */
  private exchange(model: Model | undefined): void {
    this.cancel();
    this.model = model;
    this.chosen = undefined;
    this.table = undefined;
    this.files.value = "";
    this.save.hidden = true;
    this.card.complain("");
    say(this.state, model?.info.hasAnalytic ? estimating.present : estimating.absent);
  }
}

function lengthOf({ info: { shape } }: Model): number {
  return shape[0] * shape[1] * shape[2];
}

function timestepsOf({ info }: Model): number {
  return info.scheduler.num_train_timesteps ?? 1000;
}
