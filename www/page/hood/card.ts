/** A card of the view "Under the hood" that computes: one button begins, another in its place cancels, a bar shows how far it is. */
import type { Diffuser, Model } from "../../src/index.ts";
import { say } from "../../ui/dom.ts";
import type { PictureShape } from "../../ui/pixels.ts";
import { Task } from "../../ui/task.ts";
import type { Worker } from "../bench.ts";
import { announce, find } from "../dom.ts";
import { sentenceOf } from "../panel/problems.ts";
import { t } from "../texts.ts";

/** The pictures of a finished run. */
export interface Finished {
  /** Bytes in NCHW order. */
  pixels: Uint8Array;
  shape: PictureShape;
  /** What it was made with. */
  made: string;
}

/** What a card needs to know of the page at the moment. */
export interface Surroundings {
  model: Model;
  diffuser: Diffuser;
  run: Finished | undefined;
  /** Milliseconds of one call of the network for one picture; undefined when never measured. */
  perCall: number | undefined;
}

/** What the cards ask of the page. */
export interface CardSources {
  /** How the page stands; undefined while there is no engine. */
  look(): Surroundings | undefined;
  /** Takes the engine from whoever has it. */
  take(by: Worker): void;
  /** The model has a table of Analytic-DPM that it had not. */
  onTable(): void;
  /** What only a fresh engine can mend. */
  onError(error: unknown): void;
}

/** The parts of index.html that bear the card's name. */
export abstract class Card implements Worker {
  protected readonly sources: CardSources;
  protected readonly start: HTMLButtonElement;
  /** What it will cost, and how far it is. */
  protected readonly line: HTMLElement;
  private readonly progress: HTMLProgressElement;
  private readonly cancelling: HTMLButtonElement;
  private readonly problem: HTMLElement;
  private readonly task: Task;

  /** `verb` and `line` end the ids of the button that begins, and of the line beside it. */
  constructor(name: string, verb: string, line: string, sources: CardSources) {
    this.sources = sources;
    this.start = find(`${name}-${verb}`, HTMLButtonElement);
    this.line = find(`${name}-${line}`);
    this.cancelling = find(`${name}-cancel`, HTMLButtonElement);
    this.progress = find(`${name}-progress`, HTMLProgressElement);
    this.problem = find(`${name}-problem`);
    this.task = new Task({
      changed: () => this.changed(),
      ended: (outcome) => outcome === "stopped" && this.cancelled(),
      failed: (error) => this.failed(error),
    });
    this.start.addEventListener("click", () => void this.begin());
    this.cancelling.addEventListener("click", () => this.stop());
  }

  /** Follows the page. */
  abstract update(): void;

  /** Computes what the card is for, where it can. */
  protected abstract begin(): Promise<void>;

  /** Ends within one step; what is found stays. */
  stop(): void {
    this.task.cancel();
  }

  /** Whether there is something to cancel. */
  protected get busy(): boolean {
    return this.task.busy;
  }

  /** Says what is wrong, or nothing. */
  protected complain(sentence: string): void {
    say(this.problem, sentence);
  }

  /** Says how much is done, and shows it, 0 to 1. */
  protected follow(done: number, sentence: string): void {
    this.progress.value = done;
    say(this.line, sentence);
  }

  /** Computes, unless something is under way. */
  protected async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.complain("");
    await this.task.run((signal, begun) => {
      begun();
      return work(signal);
    });
  }

  /** Says that it was ended. */
  protected cancelled(): void {
    announce(t("cancelled"));
    say(this.line, `${t("cancelled")} ${this.line.textContent}`);
  }

  /** Says what went wrong. */
  protected failed(error: unknown): void {
    this.complain(sentenceOf(error));
    this.sources.onError(error);
  }

  private changed(): void {
    const { busy, start, cancelling } = this;
    const hadFocus = document.activeElement === (busy ? start : cancelling);
    cancelling.hidden = !busy;
    start.hidden = busy;
    this.progress.hidden = !busy;
    this.progress.value = 0;
    this.update();
    if (hadFocus) (busy ? cancelling : start).focus();
  }
}
