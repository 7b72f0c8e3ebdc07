/** The card that times this machine, and gives a report to copy. */

import type { Backend, Model } from "../src/index.ts";
import { announce } from "./announce.ts";
import { BATCHES, reportOf, type Timing, timeSteps } from "./benchmark-steps.ts";
import { copyText } from "./copying.ts";
import { find, say } from "./dom.ts";
import { sentenceOf } from "./problems.ts";
import { timing } from "./texts/benchmark.ts";
import type { Worker } from "./turn.ts";

/** What is timed. */
export interface BenchmarkSurroundings {
  model: Model;
  backend: Backend;
}

/** What the card asks of the page. */
export interface BenchmarkEvents {
  /** Takes the engine from whoever has it. */
  take(by: Worker): void;
  /** What only a fresh engine can mend. */
  onError(error: unknown): void;
}

/** The card. */
export class Benchmark implements Worker {
  private readonly look: () => BenchmarkSurroundings | undefined;
  private readonly events: BenchmarkEvents;
  private readonly starting = find("benchmark-begin", HTMLButtonElement);
  private readonly cancelling = find("benchmark-cancel", HTMLButtonElement);
  private readonly copying = find("benchmark-copy", HTMLButtonElement);
  private readonly progress = find("benchmark-progress", HTMLProgressElement);
  private readonly state = find("benchmark-state", HTMLElement);
  private readonly problem = find("benchmark-problem", HTMLElement);
  private readonly report = find("benchmark-report", HTMLElement);
  private controller: AbortController | undefined;

  /** Connects the card. `look` tells what there is to be timed. */
  constructor(look: () => BenchmarkSurroundings | undefined, events: BenchmarkEvents) {
    this.look = look;
    this.events = events;
    this.starting.addEventListener("click", () => void this.begin());
    this.cancelling.addEventListener("click", () => this.stop());
    this.copying.addEventListener("click", () => void copyText(this.copying, this.report.textContent, this.report));
  }

  /** Ends within one step; a report that is there stays. */
  stop(): void {
    this.controller?.abort();
  }

  /** Follows the page: there may be a model now, or none. */
  update(): void {
    this.starting.disabled = this.controller !== undefined || this.look() === undefined;
  }

  private async begin(): Promise<void> {
    const now = this.look();
    if (!now || this.controller) return;
    this.events.take(this);
    const controller = new AbortController();
    this.controller = controller;
    say(this.problem, "");
    this.working(true);
    try {
      await this.time(now, controller.signal);
      say(this.state, timing.done);
      announce(timing.done);
    } catch (error) {
      say(this.state, controller.signal.aborted ? timing.cancelled : timing.ready);
      if (controller.signal.aborted) announce(timing.cancelled);
      else {
        say(this.problem, sentenceOf(error));
        this.events.onError(error);
      }
    } finally {
      this.controller = undefined;
      this.working(false);
    }
  }

  private async time({ model, backend }: BenchmarkSurroundings, signal: AbortSignal): Promise<void> {
    const timings: Timing[] = [];
    for (const images of BATCHES) {
      this.progress.value = timings.length / BATCHES.length;
      say(this.state, timing.warming(images));
      const onStep = (timed: number) => timed > 0 && say(this.state, timing.stepping(images, timed));
      timings.push(await timeSteps(model, images, signal, onStep));
    }
    const { userAgent: browser, hardwareConcurrency: processors } = navigator;
    say(this.report, reportOf(timings, { date: new Date(), model: model.info, backend, browser, processors }));
    this.report.hidden = this.copying.hidden = false;
  }

  private working(busy: boolean): void {
    const hadFocus = document.activeElement === (busy ? this.starting : this.cancelling);
    this.cancelling.hidden = !busy;
    this.starting.hidden = busy;
    this.progress.hidden = !busy;
    this.progress.value = 0;
    this.update();
    if (hadFocus) (busy ? this.cancelling : this.starting).focus();
  }
}
