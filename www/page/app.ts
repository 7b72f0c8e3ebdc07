/** The page as a whole: what its buttons do, and how engine, run and controls follow one another. */

import type { Value } from "../ui/options.ts";
import { Turn, type Worker } from "./bench.ts";
import { Benches } from "./benches.ts";
import { find, intoView, write } from "./dom.ts";
import { TimedPlayer } from "./generate/clock.ts";
import { Generator } from "./generate/generator.ts";
import { unknownSnr } from "./generate/transport.ts";
import { View } from "./generate/view.ts";
import { Handover } from "./handover.ts";
import type { Hood } from "./hood/hood.ts";
import type { Running, Source } from "./model/engine.ts";
import { Switching } from "./model/switching.ts";
import { chipRunning } from "./panel/chip.ts";
import { freshSeeds, keepSeed, readControls, readStepControls, repeats, writeControls } from "./panel/controls.ts";
import { learnSpeed, priceOf, speedOf } from "./panel/cost.ts";
import { noteSet } from "./panel/defaults.ts";
import { clearProblems, codeOf, OF_A_RUN, reveal, showError } from "./panel/problems.ts";
import { offerAnalytic } from "./panel/samplers.ts";
import { titleProgress } from "./panel/title.ts";
import { Later } from "./room.ts";
import { FIRST_SAMPLE, planOptions, rollSeed, type Settings } from "./settings.ts";
import type { Address } from "./share/address.ts";
import { Tabs } from "./tabs.ts";
import { t } from "./texts.ts";
import { Journey } from "./trail/journey.ts";

/** Holds the parts together. There is one. */
export class App {
  readonly view: View;
  readonly player: TimedPlayer;
  private readonly switching: Switching;
  readonly generator: Generator;
  private readonly hood: Later<Hood>;
  readonly benches: Benches;
  readonly handover: Handover;
  readonly journey: Journey;
  private readonly turn = new Turn();
  readonly tabs: Tabs;
  /** Generate was pressed before the model was there. */
  private wanted = false;
  /** How often the controls were changed: what an older state of them led to is not said any more. */
  private changes = 0;

  /** Connects the parts; nothing is fetched yet. */
  constructor() {
    this.player = new TimedPlayer({
      changed: () => this.update(),
      ended: (outcome, error) => {
        if (outcome === "failed") return this.failed(error);
        this.journey.keep(outcome);
        this.update();
      },
    });
    this.view = new View(this.player);
    this.switching = new Switching(
      (running) => this.adopt(running),
      () => this.update(),
    );
    this.generator = new Generator(this.switching.engine, this.player, this.view);
    this.benches = new Benches({
      running: () => (this.switching.alive ? this.running : undefined),
      take: (by) => this.takeTurn(by),
      open: (settings) => this.run(settings),
      made: () => this.handover.pictures(),
      seedOnStage: () => this.generator.made?.settings.seed,
      show: (source) => this.show(source),
      onChange: () => this.update(),
      onCrash: (error) => this.failed(error),
    });
    this.handover = new Handover(this.switching, this.generator, this.player, this.benches, this.view);
    this.journey = new Journey(this, this.switching);
    this.hood = new Later("hood", () => this.fetchHood(), "run");
    this.tabs = new Tabs(find("tabs"), (tab) => this.turnTo(tab));
  }

  /** Fetches the engine and the model, then runs what was asked for meanwhile, or the small sample that runs by itself. */
  async open(address: Address, sample: boolean): Promise<void> {
    if (this.switching.begun || !(await this.switching.open(address))) return;
    // For visits without a network. The page works without, so a failure is no one's concern.
    import("./offline/offline.ts").then(({ keepPage }) => keepPage()).catch(() => {});
    this.update();
    this.benches.consider();
    if (location.hash === "") this.journey.show(address);
    await this.handover.set(address);
    if (this.wanted) await this.generate();
    else if (sample && this.benches.shown) await this.journey.resume(address);
    else if (sample) await this.begin(this.isPicture(address) ? readControls() : this.firstSample(address));
  }

  /** The settings of the sample that runs by itself. The controls say them too, unless a link or the visitor has set others already. */
  private firstSample({ settings, class: wanted }: Address): Settings {
    const asked = readControls();
    const small = { ...FIRST_SAMPLE, steps: Math.min(FIRST_SAMPLE.steps, asked.steps) };
    if (this.changes > 0 || Object.keys(settings).length > 0) return { ...asked, ...small };
    this.switching.beginWithClass(wanted);
    writeControls(small);
    return { ...readControls(), ...small };
  }

  /** Whether an address means one picture: it names a seed. It is then made by itself, in place of the small sample. */
  isPicture({ settings }: Address): boolean {
    return settings.seed !== undefined;
  }

  /** Fetches nothing before Generate is pressed. */
  rest(): Promise<void> {
    return this.switching.rest();
  }

  /** What the panel's first button does: it runs what the controls say, in the view that is shown; with another seed, unless it is to stay. */
  async generate(rolls = true): Promise<void> {
    const { shown } = this.benches;
    if (!shown) this.tabs.show("tab-generate");
    if (!this.running) {
      this.wanted = true;
      write("cost", t("waiting"));
      return;
    }
    if (shown) return shown.begin();
    const standing = this.player.outcome === "complete" && this.generator.made;
    if (rolls && standing && repeats(standing.settings)) keepSeed(false);
    clearProblems(OF_A_RUN);
    const change = this.changes;
    try {
      // What makes no sense is said before another seed is rolled: the one that stands there is the picture's.
      readControls();
      if (rolls && freshSeeds() && this.player.outcome !== "empty") writeControls({ seed: rollSeed() });
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
  async load(source: Source): Promise<boolean> {
    this.stop();
    const went = await this.switching.load(source);
    if (went) void this.journey.trail.write();
    return went;
  }

  /** Exchanges the model for one that was trained here, and shows pictures of it. */
  private async show(source: Source): Promise<boolean> {
    const went = await this.load(source);
    this.tabs.show("tab-generate");
    if (went) await this.generate();
    else reveal("model");
    return went;
  }

  /** Exchanges the back end; the one that is asked for already stays, with all that it does. */
  async switchBackend(backend: Value<"backend">): Promise<void> {
    if (!this.switching.has(backend)) {
      this.stop();
      await this.switching.switchBackend(backend);
    }
    void this.journey.trail.write();
  }

  /** A fresh engine after a crash. */
  async restart(): Promise<void> {
    if (await this.switching.restart()) find("generate", HTMLButtonElement).focus();
  }

  /** After a control was changed: what the run will cost, and whether the engine will take it. */
  async consider(): Promise<void> {
    const change = ++this.changes;
    this.estimate();
    void this.hood.open?.update();
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

  /** The engine and the model that are there. */
  get running(): Running | undefined {
    return this.switching.engine.running;
  }

  /** One run at a time: whoever begins stops the others. */
  private takeTurn(by: Worker): void {
    this.hood.open?.cancel();
    this.turn.take(by);
    intoView(document.querySelector("main > :not([hidden]) .stage"));
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
    this.journey.forget();
    view.snr = unknownSnr;
    view.idle(view.showing.images, running.model.info.shape);
    this.hood.open?.cancel();
    this.benches.adopt(running);
    this.estimate();
    this.update();
    void this.hood.open?.update();
  }

  /** Follows the player: the pictures, Stop, the chip, and the machine's speed. */
  private update(): void {
    this.view.update();
    const { working } = this.benches;
    find("stop", HTMLButtonElement).disabled = !this.generator.busy && !working;
    find("stage").setAttribute("aria-busy", String(this.generator.busy));
    const { running, player } = this;
    if (!running || !this.switching.alive) return;
    this.journey.trail.follow(this.handover.run);
    const { perStep } = player.clock;
    const settings = this.generator.made?.settings;
    const playing = player.playing && player.outcome === "open";
    if (playing && perStep !== undefined && settings) learnSpeed(running, settings, perStep);
    const computing = playing || working !== undefined;
    titleProgress(computing ? (working ?? player).fraction : undefined);
    const { backend } = running.diffuser;
    chipRunning({ backend, computing, perImage: speedOf(running) });
    if (computing) return;
    this.estimate();
    this.hood.open?.follow();
  }

  private estimate(): void {
    const { running } = this;
    if (running) write("cost", this.price(running));
  }

  private price(running: Running): string {
    try {
      const { shown } = this.benches;
      return (shown ? shown.price(running) : priceOf(running, readControls())) ?? t("unmeasured");
    } catch {
      // What is wrong with a control is said beside it.
      return "\u00a0";
    }
  }

  /** Shows a run of these settings in Generate. */
  private run(settings: Settings): void {
    keepSeed();
    noteSet(Object.keys(settings), true);
    writeControls(settings);
    this.tabs.show("tab-generate");
    void this.generate(false);
  }

  private turnTo(tab: string): void {
    this.benches.show(tab);
    this.estimate();
    this.journey.trail.follow(this.handover.run);
    if (tab === "tab-hood") void this.hood.enter().then((hood) => hood?.update());
  }

  private async fetchHood(): Promise<() => Hood> {
    const { Hood } = await import("./hood/hood.ts");
    const sources = {
      look: () => this.handover.measurable(),
      take: (by: Worker) => this.takeTurn(by),
      settings: readControls,
      onTable: () => offerAnalytic(true),
      onError: (error: unknown) => codeOf(error) === "engine-crashed" && this.failed(error),
    };
    return () => new Hood(sources);
  }

  /** Brings a picture to Edit, which is shown. */
  async edit(file: File): Promise<void> {
    this.tabs.show("tab-edit");
    await (await this.benches.edit.enter())?.open(file);
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
