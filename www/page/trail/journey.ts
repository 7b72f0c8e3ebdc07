/** The ways back: to what an address or a file asks for, to a run that is over, and to where the visitor was. */

import type { Outcome } from "../../ui/player.ts";
import type { App } from "../app.ts";
import { Past, type PastRun } from "../generate/past.ts";
import type { Switching } from "../model/switching.ts";
import { keepSeed, writeControls } from "../panel/controls.ts";
import { noteSet } from "../panel/defaults.ts";
import { clearProblems, OF_A_RUN } from "../panel/problems.ts";
import { type Address, isOfModel } from "../share/address.ts";
import { Trail, wasRolled } from "./trail.ts";

/** Leads the page back. */
export class Journey {
  readonly trail: Trail;
  /** Runs of this model that are over. */
  past = new Past();
  /** Hears that there is one more, or none. */
  onPast: () => void = () => {};
  private readonly app: App;
  private readonly switching: Switching;

  /** Follows this page, whose models are exchanged here. */
  constructor(app: App, switching: Switching) {
    this.app = app;
    this.switching = switching;
    this.trail = new Trail(
      () => app.handover.told(),
      (address, others) => void this.travel(address, others),
    );
  }

  /** Forgets the past runs: another model is there. */
  forget(): void {
    this.past = new Past();
    this.onPast();
  }

  /** Keeps a run that is over, to be shown again. */
  keep(outcome: Outcome): void {
    const { made } = this.app.generator;
    const { history, total, clock } = this.app.player;
    const { showing, snr } = this.app.view;
    if (made && history.newest > 0) this.past.keep({ made, showing, snr, history, total, clock, outcome });
    this.onPast();
  }

  /** Shows a run that is over again, with its settings. */
  recall(run: PastRun): void {
    const { app } = this;
    app.stop();
    clearProblems(OF_A_RUN);
    noteSet(Object.keys(run.made.settings), true);
    writeControls(run.made.settings);
    app.tabs.show("tab-generate");
    app.generator.made = run.made;
    Object.assign(app.view, { showing: run.showing, snr: run.snr });
    app.player.recall(run);
    void app.consider();
    this.onPast();
  }

  /** Shows the view that an address is about. */
  show({ morph, edit, train, table }: Address): void {
    const [tab = "tab-generate"] = [
      morph && "tab-interpolate",
      edit && "tab-edit",
      train && "tab-train",
      table && "tab-compare",
    ].filter((tab) => typeof tab === "string");
    this.app.tabs.show(tab);
  }

  /** Makes what an address asks for in the view that is shown, where that is a view of it. */
  async resume({ morph, edit, table }: Address): Promise<void> {
    const { shown, interpolate, edit: room, compare } = this.app.benches;
    const isMeant = (shown === interpolate && morph) || (shown === room && edit) || (shown === compare && table);
    if (isMeant) await shown?.begin();
  }

  /** Sets the controls as an address says, and brings in its model and its view. False where that failed, which is then said. */
  async restore(address: Address, shows = true): Promise<boolean> {
    const { app, switching } = this;
    clearProblems();
    app.stop();
    const source = await switching.sourceFor(address);
    if (source !== undefined && !(await switching.load(source))) return false;
    for (const settings of [...(address.table ?? []), address.settings]) {
      noteSet(Object.keys(settings), isOfModel(address));
      writeControls(settings);
    }
    keepSeed();
    switching.settle(address);
    if (shows) this.show(address);
    await app.handover.set(address);
    await app.consider();
    return true;
  }

  /** Goes back, or forward, to where the visitor was: the same settings, and the same pictures. */
  private async travel(address: Address, others: boolean): Promise<void> {
    const { app, trail } = this;
    const { tabs } = app;
    tabs.follow();
    if (!this.switching.engine.running || (others && !(await this.restore(address, false)))) return;
    keepSeed(!wasRolled());
    if (await trail.fits()) return;
    for (const run of this.past.runs) {
      if (tabs.shown === "tab-generate" && (await trail.fits(run.made))) return this.recall(run);
    }
    if (app.benches.shown) await this.resume(address);
    else if (tabs.shown === "tab-generate") await app.generate(false);
  }
}
