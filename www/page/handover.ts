/** What the page hands to Share and Save, and what it takes from an address: of Generate, or of Interpolate while it is shown. */

import type { Benches } from "./benches.ts";
import type { TimedPlayer } from "./generate/clock.ts";
import type { Generator } from "./generate/generator.ts";
import { shownPicture } from "./generate/transport.ts";
import type { Running } from "./model/engine.ts";
import type { Switching } from "./model/switching.ts";
import { readControls } from "./panel/controls.ts";
import { ignored, showProblem } from "./panel/problems.ts";
import type { Morphing, OnStage } from "./save/saved.ts";
import { planOptions } from "./settings.ts";
import type { Address } from "./share/address.ts";
import { madeWith } from "./share/made.ts";
import { morphSettings } from "./share/morph.ts";
import type { Shared } from "./share/sheet.ts";
import { t } from "./texts.ts";

/** Looks at the parts of the page for those who share and save. */
export class Handover {
  private readonly switching: Switching;
  private readonly generator: Generator;
  private readonly player: TimedPlayer;
  private readonly benches: Benches;

  /** Looks at these. */
  constructor(switching: Switching, generator: Generator, player: TimedPlayer, benches: Benches) {
    this.switching = switching;
    this.generator = generator;
    this.player = player;
    this.benches = benches;
  }

  /** What Share describes: what is shown, else what the controls ask for. Throws where they make no sense. */
  async shared(): Promise<Shared | undefined> {
    const { running, morphs } = this;
    const { made } = this.generator;
    if (made && !morphs) return { made, onStage: true };
    if (!running) return undefined;
    if (morphs) return this.sharedMorph(running);
    const settings = readControls();
    const plan = await running.model.plan(planOptions(settings));
    return { made: madeWith(running, settings, plan), onStage: false };
  }

  /** What Save saves; undefined when nothing was computed. */
  async saved(): Promise<OnStage | Morphing | undefined> {
    if (this.morphs) {
      const made = (await this.shared())?.made;
      const film = this.benches.interpolate.film();
      return made && film && { made, ...film };
    }
    const { frame, history, total, clock } = this.player;
    const { made } = this.generator;
    if (!frame || !made) return undefined;
    return { made, history, frame, which: shownPicture(), total, times: clock.times };
  }

  /** Sets Interpolate as an address asks; a class that the model does not have is said. */
  set({ morph, origin }: Address): void {
    const { running } = this;
    if (!morph || !running) return;
    const { interpolate } = this.benches;
    const { settings, unknown } = morphSettings(morph, interpolate.seeds(readControls().seed), running.model.info);
    interpolate.set(settings);
    const sentences = unknown.map((asked) => ignored({ ...asked, reason: t("classUnknown") }, origin));
    if (sentences.length > 0) showProblem("corners", sentences.join(" "));
  }

  private async sharedMorph(running: Running): Promise<Shared> {
    const { asked, run, onStage } = this.benches.interpolate.shared();
    const [first] = asked.classes;
    const settings = { ...run, class: first === "same" ? "any" : first, seed: asked.seeds[0], images: 1 } as const;
    const plan = await running.model.plan(planOptions(run));
    return { made: { ...madeWith(running, settings, plan), morph: asked }, onStage };
  }

  private get morphs(): boolean {
    return this.benches.shown === this.benches.interpolate;
  }

  private get running(): Running | undefined {
    return this.switching.alive ? this.switching.engine.running : undefined;
  }
}
