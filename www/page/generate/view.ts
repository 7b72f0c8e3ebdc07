/** Everything that shows a run: the stage, the line under its pictures, the transport, and what is spoken. */

import { say } from "../../ui/dom.ts";
import type { Grid, Size } from "../../ui/grid.ts";
import type { PictureShape } from "../../ui/pixels.ts";
import type { Standing } from "../../ui/player.ts";
import { Stage } from "../../ui/stage.ts";
import { announce, find, mention } from "../dom.ts";
import { alternative, left, t } from "../texts.ts";
import type { TimedPlayer } from "./clock.ts";
import { Names } from "./names.ts";
import { Controls, type Snr, shownPicture, unknownSnr } from "./transport.ts";

/** What the run on the stage is. */
export interface Showing {
  images: number;
  shape: PictureShape;
  /** What it was made with, in one line. */
  made: string;
  /** The class of each image by its name, where they have some. */
  names?: readonly string[];
}

const NONE: readonly string[] = [];

/** Binds a player to the page. */
export class View {
  /** The run on the stage. */
  showing: Showing = { images: 1, shape: [1, 28, 28], made: "" };
  /** The SNR of the model on the stage. */
  snr: Snr = unknownSnr;
  private readonly player: TimedPlayer;
  private readonly names = new Names();
  private readonly stage = new Stage(find("canvas", HTMLCanvasElement), (...sizes) => this.layOut(...sizes));
  private readonly controls: Controls;
  private readonly caption = find("caption");
  private readonly outcome = find("outcome");
  private said: Standing = "empty";

  /** Shows what this player has. */
  constructor(player: TimedPlayer) {
    this.player = player;
    this.stage.start();
    this.controls = new Controls(player, () => this.update());
  }

  /** Pictures of a row of the stage. */
  get columns(): number {
    return this.stage.columns;
  }

  /** Before anything has been computed: noise, where the pictures will be. */
  idle(images: number, shape: PictureShape): void {
    if (this.player.outcome !== "empty") return;
    this.showing = { images, shape, made: "" };
    this.stage.idle(images, shape, t("placeholder"));
    this.controls.update(this.snr);
  }

  /** Shows the frame that the player is at. */
  update(): void {
    const { player, showing } = this;
    const frame = player.frame;
    this.controls.update(this.snr);
    if (!frame) return;
    const which = shownPicture();
    const name = alternative(showing.images, frame.step, player.total, which);
    this.names.set(showing.names ?? NONE);
    this.stage.show({ pixels: frame.pixels[which], count: showing.images, shape: showing.shape }, name);
    say(this.caption, showing.made);
    say(this.outcome, player.state);
    this.speak();
  }

  /** Where so many pictures lie on the stage, in device pixels. */
  layOut(count: number, stage: Size, picture: Size): Grid {
    return this.names.layOut(count, stage, picture);
  }

  /** Squares or smooth pixels. */
  setSmooth(smooth: boolean): void {
    this.stage.setSmooth(smooth);
  }

  private speak(): void {
    const { outcome, playing, history, total, clock } = this.player;
    const changed = outcome !== this.said;
    this.said = outcome;
    if (outcome === "open" && playing && history.newest > 0) {
      const rest = ((clock.perStep ?? 0) * (total - history.newest)) / 1000;
      mention(() => t("announceStep", { step: history.newest, steps: total, rest: left(rest) }));
    }
    if (!changed) return;
    const { images } = this.showing;
    if (outcome === "open") announce(t("begun", { images, steps: total }));
    if (outcome === "complete") announce(t("announceDone", { images }));
    if (outcome === "stopped") announce(t("announceStopped", { step: history.newest, steps: total }));
  }
}
