/** Tells the course of a run to screen readers: rarely enough to be listened to. */
import { say } from "./dom.ts";

/** Progress is spoken at most this often, in milliseconds. */
const QUIET_MS = 6000;

/** Speaks through a polite live region. */
export class Announcer {
  #last = Number.NEGATIVE_INFINITY;
  readonly #region: Element;

  /** Speaks through this element. */
  constructor(region: Element) {
    this.#region = region;
  }

  /** Says a sentence now. */
  announce(sentence: string): void {
    this.#last = performance.now();
    say(this.#region, sentence);
  }

  /** Says a sentence, unless something was said a moment ago. */
  mention(sentence: () => string): void {
    if (performance.now() - this.#last >= QUIET_MS) this.announce(sentence());
  }
}
