/** The card that times this machine, and gives a report to copy. */

import type { Backend, Model } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import type { Worker } from "../bench.ts";
import { announce, find } from "../dom.ts";
import { copyText } from "../share/copying.ts";
import { Card } from "./card.ts";
import { timing } from "./texts.ts";
import { BATCHES, reportOf, type Timing, timeSteps } from "./timing.ts";

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
  private readonly card: Card;
  private readonly copying = find("benchmark-copy", HTMLButtonElement);
  private readonly state = find("benchmark-state");
  private readonly report = find("benchmark-report");

  /** Connects the card. `look` tells what there is to be timed. */
  constructor(look: () => BenchmarkSurroundings | undefined, events: BenchmarkEvents) {
    this.look = look;
    this.events = events;
    this.card = new Card("benchmark", "begin", {
      changed: () => this.update(),
      cancelled: () => this.tell(timing.cancelled),
      onError: (error) => {
        say(this.state, timing.ready);
        events.onError(error);
      },
    });
    this.card.begin.addEventListener("click", () => void this.begin());
    const select = () => getSelection()?.selectAllChildren(this.report);
    this.copying.addEventListener("click", () => void copyText(this.copying, this.report.textContent, select));
  }

  /** Ends within one step; a report that is there stays. */
  stop(): void {
    this.card.stop();
  }

  /** Follows the page: there may be a model now, or none. */
  update(): void {
    this.card.begin.disabled = this.card.busy || this.look() === undefined;
  }

  private async begin(): Promise<void> {
    const now = this.look();
    if (!now) return;
    this.events.take(this);
    await this.card.run((signal) => this.time(now, signal));
  }

  private async time({ model, backend }: BenchmarkSurroundings, signal: AbortSignal): Promise<void> {
    const timings: Timing[] = [];
    for (const images of BATCHES) {
      this.card.follow(timings.length / BATCHES.length);
      say(this.state, timing.warming(images));
      const onStep = (timed: number) => timed > 0 && !signal.aborted && say(this.state, timing.stepping(images, timed));
      timings.push(await timeSteps(model, images, signal, onStep));
      signal.throwIfAborted();
    }
    const { userAgent: browser, hardwareConcurrency: processors } = navigator;
    say(this.report, reportOf(timings, { date: new Date(), model: model.info, backend, browser, processors }));
    this.report.hidden = this.copying.hidden = false;
    this.tell(timing.done);
  }

  private tell(sentence: string): void {
    say(this.state, sentence);
    announce(sentence);
  }
}
