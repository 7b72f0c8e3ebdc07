/** Everything that shows a run: the stage, the line under its pictures, the transport, and what is spoken. */

import { announce, mention } from "./announce.ts";
import { find, say } from "./dom.ts";
import { idleNoise } from "./frame.ts";
import { type Snr, unknownSnr } from "./levels.ts";
import type { Outcome, Player } from "./player.ts";
import { Stage } from "./stage.ts";
import { alternative, left, texts } from "./texts.ts";
import { shownPicture, Transport } from "./transport.ts";

/** Shape of a picture: channels, height, width. */
export type PictureShape = readonly [number, number, number];

/** What the run on the stage is. */
export interface Showing {
  images: number;
  shape: PictureShape;
  /** What it was made with, in one line. */
  made: string;
}

/** Binds a player to the page. */
export class View {
  /** The run on the stage. */
  showing: Showing = { images: 1, shape: [1, 28, 28], made: "" };
  /** The SNR of the model on the stage. */
  snr: Snr = unknownSnr;
  private readonly player: Player;
  private readonly stage = new Stage(find("canvas", HTMLCanvasElement));
  private readonly transport: Transport;
  private readonly caption = find("caption", HTMLElement);
  private readonly outcome = find("outcome", HTMLElement);
  private said: Outcome = "empty";

  /** Shows what this player has. */
  constructor(player: Player) {
    this.player = player;
    this.transport = new Transport(player, () => this.update());
  }

  /** Before anything has been computed: noise, where the pictures will be. */
  idle(images: number, shape: PictureShape): void {
    if (this.player.outcome !== "empty") return;
    this.showing = { images, shape, made: "" };
    const pixels = idleNoise(images * shape[0] * shape[1] * shape[2]);
    this.stage.show({ pixels, count: images, shape }, texts.placeholder);
    this.transport.update(this.snr);
  }

  /** Shows the frame that the player is at. */
  update(): void {
    const { player, showing } = this;
    const frame = player.frame;
    this.transport.update(this.snr);
    if (!frame) return;
    const which = shownPicture();
    const name = alternative(showing.images, frame.step, player.total, which);
    this.stage.show({ pixels: frame.pixels[which], count: showing.images, shape: showing.shape }, name);
    say(this.caption, showing.made);
    say(this.outcome, this.state());
    this.speak();
  }

  /** Squares or smooth pixels. */
  setSmooth(smooth: boolean): void {
    this.stage.setSmooth(smooth);
  }

  private state(): string {
    const { outcome, playing, history, total, clock } = this.player;
    if (outcome === "open") return playing ? texts.running : texts.paused;
    if (outcome === "stopped") return texts.stopped(history.newest, total);
    return outcome === "done" ? texts.done(clock.total / 1000) : texts.failed;
  }

  private speak(): void {
    const { outcome, playing, history, total, clock } = this.player;
    const changed = outcome !== this.said;
    this.said = outcome;
    if (outcome === "open" && playing && history.newest > 0) {
      const rest = ((clock.perStep ?? 0) * (total - history.newest)) / 1000;
      mention(() => texts.announceStep(history.newest, total, left(rest)));
    }
    if (!changed) return;
    if (outcome === "open") announce(texts.begun(this.showing.images, total));
    if (outcome === "done") announce(texts.announceDone(this.showing.images));
    if (outcome === "stopped") announce(texts.announceStopped(history.newest, total));
  }
}
