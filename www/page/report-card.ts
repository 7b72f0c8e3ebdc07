/** A card that works when it is asked to, and gives a report to copy. */

import { announce } from "./announce.ts";
import { copyText } from "./copying.ts";
import { find, say } from "./dom.ts";
import { sentenceOf } from "./problems.ts";
import type { Worker } from "./turn.ts";

/** What a card asks of the page. */
export interface CardEvents {
  /** Takes the engine from whoever has it. */
  take(by: Worker): void;
  /** What only a fresh engine can mend. */
  onError(error: unknown): void;
}

/** What a card says of its own work. */
export interface CardTexts {
  ready: string;
  cancelled: string;
  done: string;
}

/** How far the work is: from 0 to 1, and in words. */
export type Telling = (done: number, words: string) => void;

/** What a card is about. */
export interface CardParts<Now> {
  texts: CardTexts;
  /** Tells what there is to work on. */
  look: () => Now | undefined;
  /** Does the work, and gives the report. */
  work: (now: Now, signal: AbortSignal, tell: Telling) => Promise<string>;
  events: CardEvents;
}

/** The card whose elements' ids begin with its name. */
export class ReportCard<Now> implements Worker {
  private readonly starting: HTMLButtonElement;
  private readonly cancelling: HTMLButtonElement;
  private readonly copying: HTMLButtonElement;
  private readonly progress: HTMLProgressElement;
  private readonly state: HTMLElement;
  private readonly problem: HTMLElement;
  private readonly report: HTMLElement;
  private readonly parts: CardParts<Now>;
  private controller: AbortController | undefined;

  /** Connects the card. */
  constructor(name: string, parts: CardParts<Now>) {
    this.parts = parts;
    this.starting = find(`${name}-begin`, HTMLButtonElement);
    this.cancelling = find(`${name}-cancel`, HTMLButtonElement);
    this.copying = find(`${name}-copy`, HTMLButtonElement);
    this.progress = find(`${name}-progress`, HTMLProgressElement);
    this.state = find(`${name}-state`, HTMLElement);
    this.problem = find(`${name}-problem`, HTMLElement);
    this.report = find(`${name}-report`, HTMLElement);
    this.starting.addEventListener("click", () => void this.begin());
    this.cancelling.addEventListener("click", () => this.stop());
    this.copying.addEventListener("click", () => void copyText(this.copying, this.report.textContent, this.report));
  }

  /** Ends as soon as it can; a report that is there stays. */
  stop(): void {
    this.controller?.abort();
  }

  /** Follows the page: there may be a model now, or none. */
  update(): void {
    this.starting.disabled = this.controller !== undefined || this.parts.look() === undefined;
  }

  private async begin(): Promise<void> {
    const now = this.parts.look();
    if (now === undefined || this.controller) return;
    this.parts.events.take(this);
    const controller = new AbortController();
    this.controller = controller;
    say(this.problem, "");
    this.working(true);
    try {
      say(this.report, await this.parts.work(now, controller.signal, (done, words) => this.tell(done, words)));
      this.report.hidden = this.copying.hidden = false;
      say(this.state, this.parts.texts.done);
      announce(this.parts.texts.done);
    } catch (error) {
      say(this.state, controller.signal.aborted ? this.parts.texts.cancelled : this.parts.texts.ready);
      if (controller.signal.aborted) announce(this.parts.texts.cancelled);
      else {
        say(this.problem, sentenceOf(error));
        this.parts.events.onError(error);
      }
    } finally {
      this.controller = undefined;
      this.working(false);
    }
  }

  private tell(done: number, words: string): void {
    this.progress.value = done;
    say(this.state, words);
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
