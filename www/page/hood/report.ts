/** A card of the view "Under the hood" that works when it is asked to, and gives a report to copy. */
import { say } from "../../ui/dom.ts";
import { announce, find } from "../dom.ts";
import { copyText } from "../share/copying.ts";
import { type Key, t } from "../texts.ts";
import { Card, type CardSources, type Surroundings } from "./card.ts";

/** How far the work is: from 0 to 1, and in words. */
export type Telling = (done: number, words: string) => void;

/** What a card is about. */
export interface ReportParts {
  /** What is said before it begins. */
  ready: Key;
  /** Does the work, and gives the report. */
  work: (now: Surroundings, signal: AbortSignal, tell: Telling) => Promise<string>;
}

/** The card. A report that is there stays. */
export class ReportCard extends Card {
  private readonly parts: ReportParts;
  private readonly copying: HTMLButtonElement;
  private readonly report: HTMLElement;

  /** Connects the card whose elements' ids begin with this name. */
  constructor(name: string, parts: ReportParts, sources: CardSources) {
    super(name, "begin", "state", sources);
    this.parts = parts;
    this.copying = find(`${name}-copy`, HTMLButtonElement);
    this.report = find(`${name}-report`);
    const select = () => getSelection()?.selectAllChildren(this.report);
    this.copying.addEventListener("click", () => void copyText(this.copying, this.report.textContent, select));
  }

  update(): void {
    this.start.disabled = this.busy || this.sources.look() === undefined;
  }

  protected async begin(): Promise<void> {
    const now = this.sources.look();
    if (!now) return;
    this.sources.take(this);
    await this.run((signal) => this.work(now, signal));
  }

  protected override cancelled(): void {
    this.tell(t("cancelled"));
  }

  protected override failed(error: unknown): void {
    say(this.line, t(this.parts.ready));
    super.failed(error);
  }

  private async work(now: Surroundings, signal: AbortSignal): Promise<void> {
    const tell: Telling = (done, words) => signal.aborted || this.follow(done, words);
    const report = await this.parts.work(now, signal, tell);
    signal.throwIfAborted();
    say(this.report, report);
    this.report.hidden = this.copying.hidden = false;
    this.tell(t("workDone"));
  }

  private tell(sentence: string): void {
    say(this.line, sentence);
    announce(sentence);
  }
}
