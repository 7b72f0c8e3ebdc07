/** When a Diffuser rests: nothing is asked of it, and no run is open. What would disturb its work waits for that. */
import { doNotWaitFor } from "../place.ts";

/** How long there must have been no work before it rests, in milliseconds. */
const REST_MS = 300;

export class Rest {
  readonly #onRest: () => void;
  #works = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #resting: AbortController | undefined;

  constructor(onRest: () => void) {
    this.#onRest = onRest;
  }

  /** Aborts with the next work; undefined while there is work, or has just been. */
  get signal(): AbortSignal | undefined {
    return this.#resting?.signal;
  }

  /** Notes that work begins; what it gives notes its end, however often it is called. */
  begin(): () => void {
    this.#works += 1;
    clearTimeout(this.#timer);
    this.#resting?.abort();
    this.#resting = undefined;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#works -= 1;
      if (this.#works > 0) return;
      this.#timer = setTimeout(() => this.#rest(), REST_MS);
      doNotWaitFor(this.#timer);
    };
  }

  #rest(): void {
    this.#resting = new AbortController();
    this.#onRest();
  }
}
