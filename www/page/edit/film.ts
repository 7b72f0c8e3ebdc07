/** The runs of the room: begun, played and looked back over as Generate's are, and shown through the store. */

import type { SampleOptions } from "../../src/index.ts";
import { Transport } from "../../ui/transport.ts";
import { announce, mention, toggleBySpace } from "../dom.ts";
import { TimedPlayer } from "../generate/clock.ts";
import { Generator } from "../generate/generator.ts";
import { unknownSnr } from "../generate/transport.ts";
import type { Showing } from "../generate/view.ts";
import type { Running } from "../model/engine.ts";
import { learnSpeed } from "../panel/cost.ts";
import type { Settings } from "../settings.ts";
import type { EditAsked } from "../share/edit.ts";
import type { Made } from "../share/made.ts";
import { left, t } from "../texts.ts";
import type { Results, Store } from "./state.ts";

/** What the film needs of the room. */
interface Surroundings {
  running(): Running | undefined;
  onChange(): void;
  onError(error: unknown): void;
}

/** The newest run. */
export class Film {
  readonly player: TimedPlayer;
  readonly generator: Generator;
  private readonly store: Store;
  private readonly around: Surroundings;
  private readonly shown: { showing: Showing; snr: typeof unknownSnr };
  private transport: Transport | undefined;
  /** What the run that is shown was asked for. */
  private asked: EditAsked = {};
  private before: Uint8Array = new Uint8Array(0);

  constructor(store: Store, around: Surroundings) {
    this.store = store;
    this.around = around;
    this.shown = { showing: { images: 1, shape: store.shape.value, made: "" }, snr: unknownSnr };
    this.player = new TimedPlayer({
      changed: () => this.follow(),
      ended: (outcome, error) => {
        this.follow();
        if (outcome === "failed") around.onError(error);
        else announce(this.player.state);
      },
    });
    const engine = {
      get running() {
        return around.running();
      },
    };
    this.generator = new Generator(engine, this.player, this.shown);
  }

  /** Begins a run. Throws as `Generator.begin`. */
  async begin(settings: Settings, more: SampleOptions, asked: EditAsked): Promise<void> {
    this.before = this.store.bytes;
    this.asked = asked;
    this.store.chosen.value = undefined;
    const begun = this.generator.begin(settings, more);
    this.follow();
    await begun;
    announce(t("begun", { images: settings.images, steps: this.player.total }));
  }

  /** What the run that is shown was made with. */
  get made(): Made | undefined {
    const { made } = this.generator;
    return made && { ...made, edit: this.asked };
  }

  /** Takes the keys of a player, once they are there. */
  readonly attach = (row?: Element): void => {
    if (!(row instanceof HTMLElement) || this.transport) return;
    const part = <T extends HTMLElement>(selector: string, type: new () => T): T => {
      const found = row.querySelector(selector);
      if (!(found instanceof type)) throw new Error(`the player has no ${selector}`);
      return found;
    };
    const { player } = this;
    const toggle = () => (player.playing ? player.pause() : player.play());
    const parts = {
      play: part("#edit-play", HTMLButtonElement),
      forward: part("#edit-forward", HTMLButtonElement),
      scrub: part("#edit-scrub", HTMLInputElement),
      track: part("#edit-track", HTMLCanvasElement),
      count: part("#edit-count", HTMLElement),
    };
    toggleBySpace(parts.scrub, toggle);
    const seek = (step: number) => player.seek(step);
    this.transport = new Transport(parts, { toggle, forward: () => void player.forward(), seek }, t);
    this.transport.start();
    this.follow();
  };

  private follow(): void {
    const { player } = this;
    this.transport?.update(player, {
      moving: player.playing,
      more: player.outcome !== "empty" && !player.atEnd,
      verb: t(player.playing ? "pause" : "play"),
      noStep: [t("noStep"), t("noStep")],
    });
    this.store.results.value = this.results();
    this.speak();
    this.around.onChange();
  }

  private results(): Results | undefined {
    const { frame, outcome, total } = this.player;
    if (!frame || outcome === "empty") return undefined;
    const { images, shape, made } = this.shown.showing;
    // The last state is the result: known pixels stand in it as they are given.
    const pixels = frame.pixels[frame.step === total ? "xt" : "x0"];
    const of = { pixels, count: images, shape, before: this.before };
    return { ...of, step: frame.step, steps: total, outcome, caption: made, state: this.player.state };
  }

  /** Learns how fast this machine is, and says from time to time how far it has come. */
  private speak(): void {
    const { playing, outcome, history, total, clock } = this.player;
    const { perStep } = clock;
    const [running, settings] = [this.around.running(), this.generator.made?.settings];
    if (!playing || outcome !== "open" || perStep === undefined || !running || !settings) return;
    learnSpeed(running, settings, perStep);
    const rest = left((perStep * (total - history.newest)) / 1000);
    mention(() => t("announceStep", { step: history.newest, steps: total, rest }));
  }
}
