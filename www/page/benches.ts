/** The views that compute, beside Generate: which of them is shown, and what the panel does for it. */

import type { Bench } from "./bench.ts";
import { Compare, type CompareSources } from "./compare/compare.ts";
import { write } from "./dom.ts";
import { Interpolate } from "./interpolate/interpolate.ts";
import type { Running } from "./model/engine.ts";
import { chosenClass } from "./panel/classes.ts";
import { readSeed, readSharedControls, readStepControls } from "./panel/controls.ts";
import { ownOf } from "./panel/samplers.ts";
import { t } from "./texts.ts";

/** Names of the views by their tabs: those that `data-views` in index.html lists. */
const VIEWS: Record<string, string> = {
  "tab-generate": "generate",
  "tab-interpolate": "interpolate",
  "tab-compare": "compare",
  "tab-hood": "hood",
};

/** What the views need of the page: all but the controls, which they read themselves. */
type BenchesSources = Omit<CompareSources, "settings" | "shared" | "ownOf">;

/** Holds the two views. */
export class Benches {
  readonly interpolate: Interpolate;
  readonly compare: Compare;
  private readonly all: readonly Bench[];
  /** The one that is shown; undefined while it is another view's turn. */
  shown: Bench | undefined;

  /** Connects both; Generate's seed is the first to interpolate from. */
  constructor(page: BenchesSources) {
    const shared = () => {
      return { ...readSharedControls(), class: chosenClass(), seed: readSeed() };
    };
    const sources = { ...page, settings: readStepControls, shared, ownOf };
    this.interpolate = new Interpolate(sources, readSeed());
    this.compare = new Compare(sources);
    this.all = [this.interpolate, this.compare];
  }

  /** The one that computes. */
  get working(): Bench | undefined {
    return this.all.find((bench) => bench.busy);
  }

  /** A tab was chosen: the panel shows what belongs to its view, and its first button says what it will do. */
  show(tab: string): void {
    const before = this.shown;
    this.shown = { "tab-interpolate": this.interpolate, "tab-compare": this.compare }[tab];
    document.body.setAttribute("data-view", VIEWS[tab] ?? "generate");
    write("generate", this.shown?.verb ?? t("generate"));
    if (before !== this.shown) before?.appear(false);
    this.shown?.appear(true);
  }

  /** Ends what is under way. */
  stop(): void {
    for (const bench of this.all) bench.stop();
  }

  /** Another model or engine is there. */
  adopt(running: Running): void {
    for (const bench of this.all) bench.adopt(running);
  }

  /** A control of the panel was changed. */
  consider(): void {
    this.shown?.consider();
  }
}
