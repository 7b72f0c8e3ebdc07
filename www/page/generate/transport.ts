/** The player's keys, the scrubber and the read-outs: what they do, and what they say of the frame that is shown. */

import type { Plan } from "../../src/index.ts";
import { dim } from "../../ui/dom.ts";
import type { Frame, Which } from "../../ui/frame.ts";
import { Transport } from "../../ui/transport.ts";
import { checked, find, radios, toggleBySpace, write } from "../dom.ts";
import { left, milliseconds, ratio, t, timestep as timestepSaid } from "../texts.ts";
import type { TimedPlayer } from "./clock.ts";

/** Which picture of each step is shown. */
export function shownPicture(): Which {
  return checked("which") === "xt" ? "xt" : "x0";
}

/** The timestep that a picture of a frame belongs to: the one the network looked at, or the one the step arrived at. */
function timestepOf(frame: Frame, which: Which): number | null {
  return which === "x0" && frame.seenAt !== undefined ? frame.seenAt : frame.arrivedAt;
}

/** The row of controls under the stage, bound to a player. */
export class Controls {
  private readonly player: TimedPlayer;
  private readonly play = find("play", HTMLButtonElement);
  private readonly back = find("back", HTMLButtonElement);
  private readonly transport: Transport;

  /** Binds the keys to the player; `onWhich` is called when another picture of the steps is asked for. */
  constructor(player: TimedPlayer, onWhich: () => void) {
    this.player = player;
    const parts = {
      play: this.play,
      forward: find("forward", HTMLButtonElement),
      scrub: find("scrub", HTMLInputElement),
      track: find("strip", HTMLCanvasElement),
      count: find("count"),
    };
    const toggle = () => (player.playing ? player.pause() : player.play());
    toggleBySpace(parts.scrub, toggle);
    const seek = (step: number) => player.seek(step);
    this.transport = new Transport(parts, { toggle, forward: () => void player.forward(), seek }, t);
    this.transport.start();
    this.back.addEventListener("click", () => player.seek(player.shown - 1));
    for (const radio of radios("which")) radio.addEventListener("change", onWhich);
  }

  /** Writes how the player stands. */
  update(snr: Snr): void {
    const { player } = this;
    const empty = player.outcome === "empty";
    this.play.disabled = empty;
    dim(this.back, empty || player.shown === 0);
    this.transport.update(player, {
      moving: player.playing,
      more: !empty && !player.atEnd,
      verb: t(player.playing ? "pause" : "play"),
      noStep: [t("noStep"), t("noStep")],
    });
    this.readouts(snr);
  }

  private readouts(snr: Snr): void {
    const { frame, clock, total, history, outcome } = this.player;
    const timestep = frame && timestepOf(frame, shownPicture());
    const level = timestep === undefined ? undefined : frame?.step === 0 ? 0 : snr(timestep);
    const { perStep } = clock;
    const rest = perStep === undefined || outcome !== "open" ? undefined : (perStep * (total - history.newest)) / 1000;
    write("read-t", timestep === null ? t("theData") : timestep === undefined ? "–" : timestepSaid(timestep));
    write("read-snr", level === undefined ? "–" : ratio(level));
    write("read-ms", perStep === undefined ? "–" : milliseconds(perStep));
    write("read-left", rest === undefined ? "–" : left(rest));
  }
}

/** SNR at a timestep; null is the data, whose SNR is infinite. Undefined for a timestep that the run does not visit. */
export type Snr = (timestep: number | null) => number | undefined;

/** When nothing is known. */
export const unknownSnr: Snr = (timestep) => (timestep === null ? Number.POSITIVE_INFINITY : undefined);

/** The levels of a plan. */
export function snrOf({ steps }: Plan): Snr {
  const known = new Map(steps.map(({ t, logSnr }) => [t, Math.exp(logSnr)]));
  return (timestep) => (timestep === null ? Number.POSITIVE_INFINITY : known.get(timestep));
}
