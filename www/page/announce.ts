/** Says how a run goes to those who do not see it: seldom enough to be listened to. */

import { find } from "./dom.ts";

/** Progress is spoken at most this often. */
const QUIET_MS = 6000;

let last = Number.NEGATIVE_INFINITY;

/** Says a sentence now. */
export function announce(sentence: string): void {
  last = performance.now();
  find("announce", HTMLElement).textContent = sentence;
}

/** Says a sentence, unless something was said a moment ago. */
export function mention(sentence: () => string): void {
  if (performance.now() - last >= QUIET_MS) announce(sentence());
}
