/** The page as a whole: what its buttons do, and how engine, run and controls follow one another. */

import type { Value } from "../ui/options.ts";
import { Turn, type Worker } from "./bench.ts";
import { Benches } from "./benches.ts";
import { find, write } from "./dom.ts";
import { TimedPlayer } from "./generate/clock.ts";
import { Generator } from "./generate/generator.ts";
import { unknownSnr } from "./generate/transport.ts";
import { View } from "./generate/view.ts";
import { Handover } from "./handover.ts";
import type { Hood } from "./hood/hood.ts";
import type { Running, Source } from "./model/engine.ts";
import { Switching } from "./model/switching.ts";
import { chipRunning } from "./panel/chip.ts";
import { freshSeeds, keepSeed, readControls, readStepControls, writeControls } from "./panel/controls.ts";
import { learnSpeed, secondsFor, speedOf } from "./panel/cost.ts";
import { CONTROLS, clearProblems, codeOf, sentenceOf, showAddressProblems, showError } from "./panel/problems.ts";
import { offerAnalytic } from "./panel/samplers.ts";
import { FIRST_SAMPLE, planOptions, rollSeed, type Settings } from "./settings.ts";
import type { Address } from "./share/address.ts";
import { Tabs } from "./tabs.ts";
import { cost, t } from "./texts.ts";

/** Controls that a run reads: what was said beside them is taken back when one begins. */
const OF_A_RUN = CONTROLS.filter((control) => control !== "model" && control !== "backend");

/** Holds the parts together. There is one. */
export class App {
  readonly view: View;
  private readonly player: TimedPlayer;
  private readonly switching: Switching;
  private readonly generator: Generator;
  /** Fetched when it is first shown. */
  private hood: Hood | undefined;
  readonly benches: Benches;
  readonly handover: Handover;
  private readonly turn = new Turn();
  private readonly tabs: Tabs;
  /** Generate was pressed before the model was there. */
  private wanted = false;
  /** How often the controls were changed: what an older state of them led to is not said any more. */
  private changes = 0;

  /** Connects the parts; nothing is fetched yet. */
  constructor() {
    this.player = new TimedPlayer({
      changed: () => this.update(),
      ended: (outcome, error) => (outcome === "failed" ? this.failed(error) : this.update()),
    });
    this.view = new View(this.player);
    this.switching = new Switching((running) => this.adopt(running));
    this.generator = new Generator(this.switching.engine, this.player, this.view);
    this.benches = new Benches({
      running: () => (this.switching.alive ? this.running : undefined),
      take: (by) => this.takeTurn(by),
      open: (settings) => this.run(settings),
      onChange: () => this.update(),
      onCrash: (error) => this.failed(error),
    });
    this.handover = new Handover(this.switching, this.generator, this.player, this.benches);
    this.tabs = new Tabs(find("tabs"), (tab) => this.turnTo(tab));
  }

  /** Fetches the engine and the model, then runs what was asked for meanwhile, or the small sample that runs by itself. */
  async open(address: Address, sample: boolean): Promise<void> {
    if (this.switching.begun || !(await this.switching.open(address))) return;
    this.update();
    this.benches.consider();
    if (address.morph) this.tabs.show("tab-interpolate");
    this.handover.set(address);
    if (this.wanted) await this.generate();
    else if (sample && address.morph) await this.benches.interpolate.begin();
    else if (sample && !this.benches.shown) {
      await this.begin({ ...readControls(), ...(this.isPicture(address) ? {} : FIRST_SAMPLE) });
    }
  }

  /** Whether an address means one picture: it names a seed. It is then made by itself, in place of the small sample. */
  isPicture({ settings }: Address): boolean {
    return settings.seed !== undefined;
  }

  /** Sets the controls as an address says, and brings in its model. False where that failed, which is then said. */
  async restore(address: Address): Promise<boolean> {
    clearProblems();
    const source = this.switching.sourceFor(address);
    if (source !== undefined && !(await this.load(source))) return false;
    writeControls(address.settings);
    keepSeed();
    showAddressProblems(address);
    this.switching.settle(address);
    this.tabs.show(address.morph ? "tab-interpolate" : "tab-generate");
    this.handover.set(address);
    await this.consider();
    return true;
  }

  /** Fetches nothing before Generate is pressed. */
  rest(): Promise<void> {
    return this.switching.rest();
  }

  /** What the panel's first button does: it runs what the controls say, in the view that is shown. */
  async generate(): Promise<void> {
    const { shown } = this.benches;
    if (!shown) this.tabs.show("tab-generate");
    if (!this.running) {
      this.wanted = true;
      write("cost", t("waiting"));
      return;
    }
    if (shown) return shown.begin();
    if (freshSeeds() && this.player.outcome !== "empty") writeControls({ seed: rollSeed() });
    clearProblems(OF_A_RUN);
    const change = this.changes;
    try {
      await this.begin(readControls());
    } catch (error) {
      this.failed(error, change);
    }
  }

  /** What Stop does. The keyboard's focus goes on to Generate, for Stop is then disabled. */
  stop(): void {
    const hadFocus = document.activeElement === find("stop", HTMLButtonElement);
    this.generator.stop();
    this.benches.stop();
    this.update();
    if (hadFocus) find("generate", HTMLButtonElement).focus();
  }

  /** The folders that a model's address stands for. */
  foldersOf(address: string): Promise<URL[]> {
    return this.switching.engine.folders(address);
  }

  /** Exchanges the model; true when it went well. */
  load(source: Source): Promise<boolean> {
    this.stop();
    return this.switching.load(source);
  }

  /** Exchanges the back end. */
  switchBackend(backend: Value<"backend">): Promise<void> {
    this.stop();
    return this.switching.switchBackend(backend);
  }

  /** A fresh engine after a crash. */
  async restart(): Promise<void> {
    if (await this.switching.restart()) find("generate", HTMLButtonElement).focus();
  }

  /** After a control was changed: what the run will cost, and whether the engine will take it. */
  async consider(): Promise<void> {
    const change = ++this.changes;
    this.estimate();
    void this.hood?.update();
    this.benches.consider();
    const { running } = this;
    if (!running) return;
    try {
      if (!this.benches.shown) this.view.idle(readControls().images, running.model.info.shape);
      await running.model.plan(planOptions(readStepControls()));
    } catch (error) {
      if (change === this.changes && codeOf(error).startsWith("invalid-")) showError(error);
    }
  }

  private get running(): Running | undefined {
    return this.switching.engine.running;
  }

  /** One run at a time: whoever begins stops the others. */
  private takeTurn(by: Worker): void {
    this.hood?.cancel();
    this.turn.take(by);
  }

  private async begin(settings: Settings): Promise<void> {
    this.takeTurn(this.generator);
    const change = this.changes;
    const begun = this.generator.begin(settings);
    this.update();
    try {
      await begun;
    } catch (error) {
      this.failed(error, change);
    }
    this.update();
  }

  private adopt(running: Running): void {
    const { view } = this;
    view.snr = unknownSnr;
    view.idle(view.showing.images, running.model.info.shape);
    this.hood?.cancel();
    this.benches.adopt(running);
    this.estimate();
    this.update();
    void this.hood?.update();
  }

  /** Follows the player: the pictures, Stop, the chip, and the machine's speed. */
  private update(): void {
    this.view.update();
    const { working } = this.benches;
    find("stop", HTMLButtonElement).disabled = !this.generator.busy && !working;
    find("stage").setAttribute("aria-busy", String(this.generator.busy));
    const { running, player } = this;
    if (!running || !this.switching.alive) return;
    const { perStep } = player.clock;
    const settings = this.generator.made?.settings;
    const playing = player.playing && player.outcome === "open";
    if (playing && perStep !== undefined && settings) learnSpeed(running, settings, perStep);
    const computing = playing || working !== undefined;
    const { backend } = running.diffuser;
    chipRunning({ backend, computing, perStep: working?.perStep ?? perStep, perImage: speedOf(running) });
    if (computing) return;
    this.estimate();
    this.hood?.follow();
  }

  private estimate(): void {
    const { running } = this;
    if (running) write("cost", this.price(running));
  }

  private price(running: Running): string {
    try {
      const { shown } = this.benches;
      if (shown) return shown.price(running) ?? t("unmeasured");
      const settings = readControls();
      const seconds = secondsFor(running, settings);
      return seconds === undefined ? t("unmeasured") : cost(seconds, t("costImages", { n: settings.images }));
    } catch {
      return t("unmeasured");
    }
  }

  /** Shows a run of these settings in Generate. */
  private run(settings: Settings): void {
    keepSeed();
    writeControls(settings);
    this.tabs.show("tab-generate");
    void this.generate();
  }

  private turnTo(tab: string): void {
    this.benches.show(tab);
    this.estimate();
    if (tab === "tab-hood") void this.openHood();
  }

  private async openHood(): Promise<void> {
    try {
      const { Hood } = await import("./hood/hood.ts");
      this.hood ??= new Hood({
        look: () => this.measurable(),
        take: (by) => this.takeTurn(by),
        settings: readControls,
        onTable: () => offerAnalytic(true),
        onError: (error) => codeOf(error) === "engine-crashed" && this.failed(error),
      });
      await this.hood.update();
    } catch (error) {
      write("hood-problem", sentenceOf(error));
    }
  }

  /** What the cards under the hood can measure: a finished run, where its pictures are of the model's size. */
  private measurable() {
    const { running, player } = this;
    if (!running || !this.switching.alive) return undefined;
    const { model, diffuser } = running;
    const { shape, made } = this.view.showing;
    const fits = player.outcome === "complete" && String(shape) === String(model.info.shape);
    const pixels = fits ? player.newest?.pixels.x0 : undefined;
    const run = pixels && { pixels, shape, made };
    return { model, diffuser, run, perCall: speedOf(running) };
  }

  /** Says what went wrong with what was begun at this change of the controls. */
  private failed(error: unknown, change = this.changes): void {
    const code = codeOf(error);
    if (code === "engine-crashed") {
      this.tabs.show("tab-generate");
      this.switching.dead(t("crashed"), t("restart"));
      // What was wrong with a control is no more to be said once it has been changed.
    } else if (change === this.changes || !code.startsWith("invalid-")) showError(error);
    this.update();
  }
}
