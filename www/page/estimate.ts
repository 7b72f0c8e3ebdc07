/** Measures the table that Analytic-DPM needs, from images of the visitor's or from the pictures on the stage. */

import type { AnalyticTable, Model } from "../src/index.ts";
import { announce } from "./announce.ts";
import { find, say } from "./dom.ts";
import { fromBytes, readPictures } from "./pictures.ts";
import { sentenceOf } from "./problems.ts";
import { estimating } from "./texts/estimate.ts";

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
  private readonly measure = find("estimate-measure", HTMLButtonElement);
  private readonly cancelling = find("estimate-cancel", HTMLButtonElement);
  private readonly save = find("estimate-save", HTMLButtonElement);
  private readonly progress = find("estimate-progress", HTMLProgressElement);
  private readonly cost = find("estimate-cost", HTMLElement);
  private readonly state = find("estimate-state", HTMLElement);
  private readonly problem = find("estimate-problem", HTMLElement);
  private controller: AbortController | undefined;
  private chosen: Chosen | undefined;
  private table: AnalyticTable | undefined;
  private model: Model | undefined;
  private reading = 0;

  /** Connects the card. `look` tells how the page stands. */
  constructor(look: () => EstimateSurroundings | undefined, events: EstimateEvents) {
    this.look = look;
    this.events = events;
    this.files.addEventListener("change", () => void this.read());
    this.take.addEventListener("click", () => this.takePictures());
    this.measure.addEventListener("click", () => void this.begin());
    this.cancelling.addEventListener("click", () => this.cancel());
    this.save.addEventListener("click", () => this.download());
  }

  /** Ends a measurement within one step; the model keeps the table that it had. */
  cancel(): void {
    this.controller?.abort();
  }

  /** Follows the page: another model, other pictures, another speed. */
  update(): void {
    const now = this.look();
    if (now?.model !== this.model) this.exchange(now?.model);
    const made = now?.pictures ? now.pictures.length / lengthOf(now.model) : 0;
    this.take.hidden = made === 0;
    if (made > 0) say(this.take, estimating.takePictures(made));
    const busy = this.controller !== undefined;
    this.take.disabled = this.files.disabled = busy || now === undefined;
    this.measure.disabled = busy || this.chosen === undefined;
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
    say(this.problem, "");
    try {
      const images = await readPictures(files, now.model.info.shape);
      if (turn === this.reading && now.model === this.model) {
        this.chosen = { images, said: estimating.files(files.length) };
      }
    } catch (error) {
      if (turn === this.reading) say(this.problem, sentenceOf(error));
    }
    this.update();
  }

  private takePictures(): void {
    const now = this.look();
    if (!now?.pictures) return;
    this.reading += 1;
    this.files.value = "";
    say(this.problem, "");
    const images = fromBytes(now.pictures);
    this.chosen = { images, said: estimating.pictures(images.length / lengthOf(now.model)) };
    this.update();
    this.measure.focus();
  }

  private async begin(): Promise<void> {
    const now = this.look();
    if (!now || !this.chosen || this.controller) return;
    const controller = new AbortController();
    this.controller = controller;
    say(this.problem, "");
    this.working(true);
    try {
      await this.measureAll(now.model, this.chosen, controller.signal);
    } catch (error) {
      if (controller.signal.aborted) announce(estimating.cancelled);
      else {
        say(this.problem, sentenceOf(error));
        this.events.onError(error);
      }
    } finally {
      this.controller = undefined;
      this.working(false);
      if (controller.signal.aborted) say(this.cost, `${estimating.cancelled} ${this.cost.textContent}`);
    }
  }

  private async measureAll(model: Model, { images }: Chosen, signal: AbortSignal): Promise<void> {
    const timesteps = timestepsOf(model);
    const onProgress = (done: number) => {
      this.progress.value = done;
      say(this.cost, estimating.progress(Math.round(done * timesteps), timesteps));
    };
    // Where no class stands for "any", the images are measured as one of the first.
    const labels = model.info.classes !== undefined && model.info.noClass === undefined ? { labels: [0] } : {};
    const table = await model.estimateAnalytic(images, { ...labels, signal, onProgress });
    if (model !== this.model) return;
    this.table = table;
    this.save.hidden = false;
    const sentence = estimating.done(images.length / lengthOf(model));
    say(this.state, sentence);
    announce(sentence);
    this.events.onTable();
  }

  /** Saves the table under the name that it has beside a model's other files. */
  private download(): void {
    if (!this.table) return;
    const file = new Blob([`${JSON.stringify(this.table)}\n`], { type: "application/json" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = "analytic_dpm.json";
    link.click();
    // The browser has taken the address up when the click returns; the bytes are freed once it has read them.
    setTimeout(() => URL.revokeObjectURL(link.href), FREED_AFTER_MS);
  }

  private working(busy: boolean): void {
    const hadFocus = document.activeElement === (busy ? this.measure : this.cancelling);
    this.cancelling.hidden = !busy;
    this.measure.hidden = busy;
    this.progress.hidden = !busy;
    this.progress.value = 0;
    this.update();
    if (hadFocus) (busy ? this.cancelling : this.measure).focus();
  }

  /** What was chosen or measured for one model is nothing to another. */
  private exchange(model: Model | undefined): void {
    this.cancel();
    this.model = model;
    this.chosen = undefined;
    this.table = undefined;
    this.files.value = "";
    this.save.hidden = true;
    say(this.problem, "");
    say(this.state, model?.info.hasAnalytic ? estimating.present : estimating.absent);
  }
}

const FREED_AFTER_MS = 60_000;

function lengthOf({ info: { shape } }: Model): number {
  return shape[0] * shape[1] * shape[2];
}

function timestepsOf({ info }: Model): number {
  return info.scheduler.num_train_timesteps ?? 1000;
}
