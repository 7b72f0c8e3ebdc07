/** The player's keys, the scrubber and the read-outs: what they do, and what they say of the frame that is shown. */

import { checked, find, radios, say } from "./dom.ts";
import type { Frame, Which } from "./frame.ts";
import type { Snr } from "./levels.ts";
import type { Player } from "./player.ts";
import { Strip } from "./strip.ts";
import { left, milliseconds, ratio, texts } from "./texts.ts";

/** Which picture of each step is shown. */
export function shownPicture(): Which {
  return checked("which") === "xt" ? "xt" : "x0";
}

/** The timestep that a picture of a frame belongs to: the one the network looked at, or the one the step arrived at. */
export function timestepOf(frame: Frame, which: Which): number | null {
  return which === "x0" && frame.seenAt !== undefined ? frame.seenAt : frame.arrivedAt;
}

/** The row of controls under the stage, bound to a player. */
export class Transport {
  private readonly player: Player;
  private readonly play = find("play", HTMLButtonElement);
  private readonly back = find("back", HTMLButtonElement);
  private readonly forward = find("forward", HTMLButtonElement);
  private readonly scrub = find("scrub", HTMLInputElement);
  private readonly strip = new Strip(find("strip", HTMLCanvasElement));

  /** Binds the keys to the player; `onWhich` is called when another picture of the steps is asked for. */
  constructor(player: Player, onWhich: () => void) {
    this.player = player;
    this.play.addEventListener("click", () => this.toggle());
    this.back.addEventListener("click", () => player.back());
    this.forward.addEventListener("click", () => void player.forward());
    this.scrub.addEventListener("input", () => player.seek(this.scrub.valueAsNumber));
    this.scrub.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.toggle();
    });
    for (const radio of radios("which")) radio.addEventListener("change", onWhich);
  }

  /** Writes how the player stands. */
  update(snr: Snr): void {
    const { player, scrub } = this;
    const empty = player.outcome === "empty";
    const unfinished = player.outcome === "open";
    const newest = player.history.newest;
    this.play.disabled = empty;
    dim(this.back, empty || player.shown === 0);
    dim(this.forward, empty || (!unfinished && player.shown >= newest));
    const label = player.playing ? texts.pause : texts.play;
    this.play.setAttribute("aria-label", label);
    this.play.title = label;
    this.play.classList.toggle("playing", player.playing);
    scrub.disabled = empty;
    scrub.max = String(Math.max(1, player.total));
    scrub.value = String(player.shown);
    scrub.setAttribute("aria-valuetext", empty ? texts.noStep : texts.stepSaid(player.shown, player.total));
    this.strip.reach(player.total === 0 ? 0 : newest / player.total);
    say(find("count", HTMLElement), empty ? texts.noStep : texts.stepOf(player.shown, player.total));
    this.readouts(snr);
  }

  private readouts(snr: Snr): void {
    const { frame, clock, total, history, outcome } = this.player;
    const timestep = frame ? timestepOf(frame, shownPicture()) : undefined;
    const noise = frame?.step === 0;
    const level = timestep === undefined ? undefined : noise ? 0 : snr(timestep);
    say(
      find("read-t", HTMLElement),
      timestep === undefined ? "–" : timestep === null ? texts.theData : texts.shortTimestep(timestep),
    );
    say(find("read-snr", HTMLElement), level === undefined ? "–" : ratio(level));
    const perStep = clock.perStep;
    say(find("read-ms", HTMLElement), perStep === undefined ? "–" : milliseconds(perStep));
    const rest = perStep === undefined || outcome !== "open" ? undefined : (perStep * (total - history.newest)) / 1000;
    say(find("read-left", HTMLElement), rest === undefined ? "–" : left(rest));
  }

  private toggle(): void {
    if (this.player.playing) this.player.pause();
    else this.player.play();
  }
}

/** Marks a key that would do nothing. It is not disabled, for it would drop the keyboard's focus under the user's finger. */
function dim(key: HTMLButtonElement, nothingToDo: boolean): void {
  key.disabled = false;
  key.setAttribute("aria-disabled", String(nothingToDo));
}
