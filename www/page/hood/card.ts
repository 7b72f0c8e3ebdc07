/** A card of the view "Under the hood" that computes: one button begins, another in its place cancels, a bar shows how far it is. */
import { say } from "../../ui/dom.ts";
import { Task } from "../../ui/task.ts";
import { find } from "../dom.ts";
import { sentenceOf } from "../panel/problems.ts";

/** What a card does. */
export interface CardEvents {
  /** It has begun, or ended. */
  changed(): void;
  /** The visitor has ended it, or whoever takes the engine. */
  cancelled(): void;
  /** What only a fresh engine can mend. */
  onError(error: unknown): void;
}

/** The parts of index.html that bear the card's name. */
export class Card {
  readonly begin: HTMLButtonElement;
  private readonly progress: HTMLProgressElement;
  private readonly cancelling: HTMLButtonElement;
  private readonly problem: HTMLElement;
  private readonly task: Task;
  private readonly events: CardEvents;

  /** Connects the button that cancels; the one that begins is the card's own. */
  constructor(name: string, verb: string, events: CardEvents) {
    this.events = events;
    this.begin = find(`${name}-${verb}`, HTMLButtonElement);
    this.cancelling = find(`${name}-cancel`, HTMLButtonElement);
    this.progress = find(`${name}-progress`, HTMLProgressElement);
    this.problem = find(`${name}-problem`);
    this.cancelling.addEventListener("click", () => this.stop());
    this.task = new Task({
      changed: () => this.changed(),
      ended: (outcome) => outcome === "stopped" && events.cancelled(),
      failed: (error) => this.failed(error),
    });
  }

  /** Whether there is something to cancel. */
  get busy(): boolean {
    return this.task.busy;
  }

  /** Ends within one step; what is found stays. */
  stop(): void {
    this.task.cancel();
  }

  /** Says what is wrong, or nothing. */
  complain(sentence: string): void {
    say(this.problem, sentence);
  }

  /** Shows how much is done, 0 to 1. */
  follow(done: number): void {
    this.progress.value = done;
  }

  /** Computes, unless something is under way. */
  async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.complain("");
    await this.task.run((signal, begun) => {
      begun();
      return work(signal);
    });
  }

  private changed(): void {
    const { busy, begin, cancelling } = this;
    const hadFocus = document.activeElement === (busy ? begin : cancelling);
    cancelling.hidden = !busy;
    begin.hidden = busy;
    this.progress.hidden = !busy;
    this.progress.value = 0;
    this.events.changed();
    if (hadFocus) (busy ? cancelling : begin).focus();
  }

  private failed(error: unknown): void {
    this.complain(sentenceOf(error));
    this.events.onError(error);
  }
}
