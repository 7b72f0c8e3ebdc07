/** The view "Compare": the same seed under every sampler, with few steps and with many, in one table. */

import { batch, effect } from "@preact/signals-core";
import { render } from "lit-html";
import type { SamplerName } from "../../ui/options.ts";
import { pixelsOf, squareSheet } from "../../ui/pixels.ts";
import { type Bench, type BenchSources, Computing, type Reached } from "../bench.ts";
import { find } from "../dom.ts";
import { StepClock } from "../generate/clock.ts";
import type { Running } from "../model/engine.ts";
import { className } from "../panel/classes.ts";
import { learnSpeed, priceOf } from "../panel/cost.ts";
import { clearProblems, codeOf, sentenceOf, showError } from "../panel/problems.ts";
import { readSampler } from "../panel/samplers.ts";
import type { Tabled } from "../save/saved.ts";
import { type Settings, sampleOptions } from "../settings.ts";
import { joined, t } from "../texts.ts";
import {
  COLUMNS,
  type OfSampler,
  type Own,
  owned,
  type Place,
  placeOf,
  placesOf,
  ROWS,
  type SharedSettings,
  settingsOf,
  stepsOf,
} from "./places.ts";
import { nameOf, Store, table } from "./table.ts";

/** What the comparison needs of the page beside what every bench does. */
export interface CompareSources extends BenchSources {
  /** Class, seed and what else all pictures share. Throws a `ControlError` where they make no sense. */
  shared(): SharedSettings;
  /** The trajectory and the clipping that are set for a sampler. */
  ownOf(sampler: SamplerName): Own;
  /** Shows a run in Generate. */
  open(settings: Settings): void;
}

/** What a run reads of the panel. */
const READ = ["class", "seed", "trajectory", "clip", "guidance", "rng", "sigma-clip", "run"] as const;

/** The view. */
export class Compare implements Bench {
  readonly verb = t("compare");
  private readonly sources: CompareSources;
  private readonly store = new Store();
  private readonly task = new Computing("pictures", () => this.work, {
    changed: () => {
      this.update();
      this.sources.onChange();
    },
    failed: (error) => (codeOf(error) === "engine-crashed" ? this.sources.onCrash(error) : showError(error)),
  });
  private clock = new StepClock();
  /** What the panel said when the table was begun, for those who share it; undefined while there is none. */
  asked: Settings | undefined;
  private begun: OfSampler[] = [];
  /** Of the same key all pictures of the table belong together. */
  private key = "";
  private caption = "";
  private done = 0;
  private total = 0;
  private stepsLeft = 0;

  /** Draws the view; nothing is computed yet. */
  constructor(sources: CompareSources) {
    this.sources = sources;
    effect(() => {
      render(
        table(this.store, (place) => this.open(place)),
        find("compare"),
      );
    });
    const running = sources.running();
    if (running) this.adopt(running);
  }

  get busy(): boolean {
    return this.task.busy;
  }

  get fraction(): number {
    return this.done / Math.max(1, this.total);
  }

  async begin(): Promise<void> {
    const running = this.sources.running();
    if (!running) return;
    clearProblems(READ);
    await this.task.run((signal, begun) => this.compute(running, signal, begun));
  }

  stop(): void {
    this.task.cancel();
  }

  price(running: Running): string | undefined {
    const places = placesOf(running.model.info);
    const steps = places.reduce((sum, place) => sum + stepsOf(place), 0);
    const any = places[0];
    if (!any) return undefined;
    const settings = settingsOf(any, this.sources.shared(), this.sources.ownOf);
    return priceOf(running, { ...settings, steps }, t("pictures", { n: places.length }));
  }

  adopt({ model }: Running): void {
    this.stop();
    this.store.hasTable.value = model.info.hasAnalytic;
    this.store.entered.value = { row: 0, column: 0 };
    this.clear("");
    this.task.outcome = "empty";
    this.update();
  }

  consider(): void {
    this.sources.onChange();
  }

  appear(): void {
    this.update();
    this.sources.onChange();
  }

  /** Fills the table; a picture that cannot be made says why, and the others go on. */
  private async compute(running: Running, signal: AbortSignal, begun: () => void): Promise<void> {
    const shared = this.sources.shared();
    this.sources.take(this);
    begun();
    const { info } = running.model;
    const places = placesOf(info);
    const key = JSON.stringify([shared, ROWS.map(({ sampler }) => this.sources.ownOf(sampler))]);
    if (key !== this.key) this.clear(key);
    this.caption = joined(t("seed", { seed: String(shared.seed) }), className(shared.class, info, 1));
    this.clock = new StepClock();
    const timesteps = info.scheduler.num_train_timesteps ?? 1000;
    this.asked = settingsOf(placeOf(readSampler(), timesteps), shared, this.sources.ownOf);
    this.begun = owned(this.sources.ownOf);
    const missing = places.filter((place) => this.store.at(place).value.seconds === undefined);
    this.stepsLeft = missing.reduce((sum, place) => sum + stepsOf(place), 0);
    this.total = places.length;
    this.done = places.length - missing.length;
    this.task.start(t("compareBegun", { n: missing.length }));
    for (const place of missing) {
      await this.picture(place, settingsOf(place, shared, this.sources.ownOf), running, signal);
    }
  }

  /** Computes one picture, and shows each of its steps. */
  private async picture(place: Place, settings: Settings, running: Running, signal: AbortSignal): Promise<void> {
    const { model } = running;
    let left = stepsOf(place);
    const began = performance.now();
    let last = began;
    this.store.set(place, { settings, state: { kind: "running", step: 0, steps: left } });
    try {
      for await (const step of model.sample(sampleOptions(settings, model.info, signal))) {
        signal.throwIfAborted();
        const ms = performance.now() - last;
        this.clock.add(ms);
        learnSpeed(running, settings, ms);
        left -= 1;
        this.stepsLeft -= 1;
        const [at, { steps }] = [step.index + 1, step];
        const pixels = pixelsOf(step, at === steps ? "xt" : "x0");
        const sheet = squareSheet({ pixels, count: 1, shape: model.info.shape });
        batch(() => {
          this.store.set(place, { pixels, sheet, state: { kind: "running", step: at, steps } });
          this.task.step();
        });
        last = performance.now();
      }
      this.store.set(place, { state: { kind: "done" }, seconds: (performance.now() - began) / 1000 });
    } catch (error) {
      this.fail(place, error, signal);
    }
    this.stepsLeft -= left;
    this.done += 1;
    this.task.step();
  }

  /** A count of steps that the model's schedule does not have is this picture's fault alone; all else ends the run. */
  private fail(place: Place, error: unknown, signal: AbortSignal): void {
    const alone = codeOf(error) === "invalid-steps" && !signal.aborted;
    const sentence = sentenceOf(error);
    this.store.set(place, { state: alone ? { kind: "failed", sentence } : { kind: "waiting" } });
    if (!alone) throw error;
    this.store.problem.value = sentence;
  }

  /** What was set for each kind of sampler when the table was begun; what is set now, while there is none. */
  get owned(): OfSampler[] {
    return this.asked ? this.begun : owned(this.sources.ownOf);
  }

  /** The table for a file: its rows of pictures; undefined where there is none. A picture that is not there is black. */
  pictures(): Omit<Tabled, "made"> | undefined {
    const shape = this.sources.running()?.model.info.shape;
    if (!this.asked || !shape) return undefined;
    const rows = ROWS.flatMap((_, row) => {
      const cells = COLUMNS.map((_, column) => this.store.at({ row, column }).value);
      return cells.some((cell) => cell.pixels) ? [{ name: nameOf(row), cells }] : [];
    });
    const heads = COLUMNS.map((n) => t("steps", { n }));
    return rows.length === 0 ? undefined : { shape, heads, rows };
  }

  private open(place: Place): void {
    try {
      const made = this.store.at(place).value.settings;
      this.sources.open(made ?? settingsOf(place, this.sources.shared(), this.sources.ownOf));
    } catch (error) {
      showError(error);
    }
  }

  private get work(): Reached {
    const { clock, done, total, stepsLeft } = this;
    return { done, total, secondsLeft: clock.perStep === undefined ? undefined : (clock.perStep * stepsLeft) / 1000 };
  }

  /** Empties the table for pictures of another kind. */
  private clear(key: string): void {
    this.key = key;
    this.asked = undefined;
    this.caption = "";
    batch(() => this.store.clear());
  }

  private update(): void {
    this.store.busy.value = this.busy;
    this.store.line.value = joined(this.caption, this.task.state);
  }
}
