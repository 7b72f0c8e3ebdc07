/** Begins runs and ends them: one at a time, the newest wins. */

import type { SampleOptions } from "../../src/index.ts";
import { frameOfNoise } from "../../ui/frame.ts";
import type { Engine, Running } from "../model/engine.ts";
import { className } from "../panel/classes.ts";
import { type Settings, sampleOptions } from "../settings.ts";
import { type Made, madeWith } from "../share/made.ts";
import { caption } from "../texts.ts";
import type { TimedPlayer } from "./clock.ts";
import { snrOf } from "./transport.ts";
import type { View } from "./view.ts";

/** Starts and stops the runs that the player plays. */
export class Generator {
  /** What the run on the stage is made with. */
  made: Made | undefined;
  private readonly engine: Pick<Engine, "running">;
  private readonly player: TimedPlayer;
  private readonly view: Pick<View, "showing" | "snr">;
  private controller: AbortController | undefined;
  private starting = false;

  /** Runs on this engine, for this player, shown by this view. */
  constructor(engine: Pick<Engine, "running">, player: TimedPlayer, view: Pick<View, "showing" | "snr">) {
    this.engine = engine;
    this.player = player;
    this.view = view;
  }

  /** Whether there is something to stop. */
  get busy(): boolean {
    return this.controller !== undefined && (this.starting || this.player.outcome === "open");
  }

  /**
   * Ends the run at hand and begins another; `more` is asked for beside the settings. Throws the library's errors for options that decide the steps or the noise;
   * the others come from the first step, by way of the player.
   */
  async begin(settings: Settings, more: SampleOptions = {}): Promise<void> {
    const { running } = this.engine;
    if (!running) return;
    this.stop();
    const controller = new AbortController();
    this.controller = controller;
    this.starting = true;
    try {
      await this.start(settings, more, running, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      if (this.controller === controller) this.starting = false;
    }
  }

  /** Ends the run at hand within one step. */
  stop(): void {
    this.controller?.abort();
    this.controller = undefined;
    this.starting = false;
    if (this.player.outcome === "open") this.player.stop();
  }

  private async start(settings: Settings, more: SampleOptions, running: Running, signal: AbortSignal): Promise<void> {
    const { model } = running;
    const { shape } = model.info;
    const options = sampleOptions(settings, model.info, signal);
    const run = model.sample({ ...options, ...more });
    const [plan, noise] = await Promise.all([run.plan, run.initial()]);
    if (signal.aborted) return;
    const total = plan.timesteps.length;
    const made = caption(settings, total, className(settings.class, model.info, settings.images));
    this.made = madeWith(running, settings, plan);
    this.view.snr = snrOf(plan);
    const { labels = [] } = options;
    const names = labels.map((label) => className(label, model.info));
    this.view.showing = { images: settings.images, shape, made, names };
    this.player.open(run, total, frameOfNoise(noise, plan.timesteps[0] ?? 0));
    this.player.play();
  }
}
