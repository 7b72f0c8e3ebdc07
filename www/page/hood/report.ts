/** A card of the view "Under the hood" that works when it is asked to, and gives a report to copy. */

import { say } from "../../ui/dom.ts";
import type { Worker } from "../bench.ts";
import { announce, find } from "../dom.ts";
import { copyText } from "../share/copying.ts";
import { Card } from "./card.ts";

/** What a card asks of the page. */
export interface ReportEvents {
  /** Takes the engine from whoever has it. */
  take(by: Worker): void;
  /** What only a fresh engine can mend. */
  onError(error: unknown): void;
}

/** How far the work is: from 0 to 1, and in words. */
export type Telling = (done: number, words: string) => void;

/** What a card is about. */
export interface ReportParts<Now> {
  texts: { ready: string; cancelled: string; done: string };
  /** Tells what there is to work on. */
  look: () => Now | undefined;
  /** Does the work, and gives the report. */
  work: (now: Now, signal: AbortSignal, tell: Telling) => Promise<string>;
  events: ReportEvents;
}

/** The card whose elements' ids begin with its name. */
export class ReportCard<Now> implements Worker {
  private readonly parts: ReportParts<Now>;
  private readonly card: Card;
  private readonly copying: HTMLButtonElement;
  private readonly state: HTMLElement;
  private readonly report: HTMLElement;

  /** Connects the card. */
  constructor(name: string, parts: ReportParts<Now>) {
    this.parts = parts;
    this.copying = find(`${name}-copy`, HTMLButtonElement);
    this.state = find(`${name}-state`);
    this.report = find(`${name}-report`);
    this.card = new Card(name, "begin", {
      changed: () => this.update(),
      cancelled: () => this.tell(parts.texts.cancelled),
      onError: (error) => {
        say(this.state, parts.texts.ready);
        parts.events.onError(error);
      },
    });
    this.card.begin.addEventListener("click", () => void this.begin());
    const select = () => getSelection()?.selectAllChildren(this.report);
    this.copying.addEventListener("click", () => void copyText(this.copying, this.report.textContent, select));
  }

  /** Ends as soon as it can; a report that is there stays. */
  stop(): void {
    this.card.stop();
  }

  /** Follows the page: there may be a model now, or none. */
  update(): void {
    this.card.begin.disabled = this.card.busy || this.parts.look() === undefined;
  }

  private async begin(): Promise<void> {
    const now = this.parts.look();
    if (now === undefined) return;
    this.parts.events.take(this);
    await this.card.run((signal) => this.work(now, signal));
  }

  private async work(now: Now, signal: AbortSignal): Promise<void> {
    const report = await this.parts.work(now, signal, (done, words) => {
      if (signal.aborted) return;
      this.card.follow(done);
      say(this.state, words);
    });
    signal.throwIfAborted();
    say(this.report, report);
    this.report.hidden = this.copying.hidden = false;
    this.tell(this.parts.texts.done);
  }

  private tell(sentence: string): void {
    say(this.state, sentence);
    announce(sentence);
  }
}
