/** The keys of a player, its scrubber and the count of its steps. */
import { dim, mark, name, say } from "./dom.ts";
import type { Player } from "./player.ts";
import { Strip } from "./strip.ts";
import { type SayShared, stepOf } from "./words.ts";

/** What a transport is made of. */
export interface Parts {
  play: HTMLButtonElement;
  forward: HTMLButtonElement;
  scrub: HTMLInputElement;
  /** The scrubber's track. */
  track: HTMLCanvasElement;
  count: HTMLElement;
}

/** What the visitor does to it. */
export interface Hands {
  toggle(): void;
  forward(): void;
  /** Looks at a step, counted from 1. */
  seek(step: number): void;
}

/** What the surroundings of a player know of it. */
export interface Said {
  moving: boolean;
  /** Whether a step further can be asked for. */
  more: boolean;
  /** What the first key does, in words. */
  verb: string;
  /** In place of the steps while there are none: as the count shows it, and as it is said. */
  noStep: readonly [shown: string, said: string];
}

/** Binds the parts to a player. */
export class Transport {
  readonly #parts: Parts;
  readonly #strip: Strip;
  readonly #t: SayShared;

  /** `t` says which step is shown. */
  constructor(parts: Parts, hands: Hands, t: SayShared) {
    const { play, forward, scrub } = parts;
    this.#parts = parts;
    this.#t = t;
    this.#strip = new Strip(parts.track);
    play.addEventListener("click", () => hands.toggle());
    forward.addEventListener("click", () => forward.getAttribute("aria-disabled") !== "true" && hands.forward());
    scrub.addEventListener("input", () => hands.seek(scrub.valueAsNumber));
  }

  /** Follows sizes and colours. */
  start(): void {
    this.#strip.start();
  }

  /** Follows them no more. */
  stop(): void {
    this.#strip.stop();
  }

  /** Writes how the player stands. */
  update(player: Player | undefined, { moving, more, verb, noStep }: Said): void {
    const { play, forward, scrub, count } = this.#parts;
    const [shown, total] = [player?.shown ?? 0, player?.total ?? 0];
    const steps = player?.frame && ([stepOf(shown, total), this.#t("stepOf", { step: shown, steps: total })] as const);
    const [text, said] = steps ?? noStep;
    play.classList.toggle("on", moving);
    name(play, verb);
    dim(forward, !more);
    scrub.disabled = !steps;
    scrub.max = String(Math.max(Number(scrub.min) + 1, total));
    scrub.value = String(shown);
    mark(scrub, "aria-valuetext", said);
    this.#strip.reach(total === 0 ? 0 : (player?.history.newest ?? 0) / total);
    say(count, text);
  }
}
