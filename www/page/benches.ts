/** The views that compute, beside Generate: which of them is shown, and what the panel does for it. */

import type { Bench } from "./bench.ts";
import type { Compare, CompareSources } from "./compare/compare.ts";
import { write } from "./dom.ts";
import type { Edit, EditSources } from "./edit/edit.ts";
import type { Interpolate, InterpolateSources } from "./interpolate/interpolate.ts";
import { Store } from "./interpolate/state.ts";
import type { Running } from "./model/engine.ts";
import { chosenClass } from "./panel/classes.ts";
import { readSeed, readSharedControls, readStepControls } from "./panel/controls.ts";
import { ownOf } from "./panel/samplers.ts";
import { Room } from "./room.ts";
import { t } from "./texts.ts";
import type { Train, TrainSources } from "./train/train.ts";

/** Names of the views by their tabs: those that `data-views` in index.html lists. */
const VIEWS: Record<string, string> = {
  "tab-generate": "generate",
  "tab-interpolate": "interpolate",
  "tab-edit": "edit",
  "tab-train": "train",
  "tab-compare": "compare",
  "tab-hood": "hood",
};

/** What the views need of the page: all but the controls, which they read themselves. */
type BenchesSources = Omit<
  CompareSources & EditSources & InterpolateSources & TrainSources,
  "settings" | "shared" | "ownOf"
>;

/** Holds the views. */
export class Benches {
  /** What an interpolation is asked for. */
  readonly morph = new Store(readSeed());
  readonly interpolate: Room<Interpolate>;
  readonly compare: Room<Compare>;
  readonly edit: Room<Edit>;
  readonly train: Room<Train>;
  private readonly all: readonly Bench[];
  /** The one that is shown; undefined while it is another view's turn. */
  shown: Bench | undefined;

  /** Connects them; Generate's seed is the first to interpolate from. */
  constructor(page: BenchesSources) {
    const shared = () => {
      return { ...readSharedControls(), class: chosenClass(), seed: readSeed() };
    };
    const sources = { ...page, settings: readStepControls, shared, ownOf };
    const interpolate = async () => {
      const { Interpolate } = await import("./interpolate/interpolate.ts");
      return () => new Interpolate(sources, this.morph);
    };
    const compare = async () => {
      const { Compare } = await import("./compare/compare.ts");
      return () => new Compare(sources);
    };
    const edit = async () => {
      const { Edit } = await import("./edit/edit.ts");
      return () => new Edit(sources);
    };
    const train = async () => {
      const { Train } = await import("./train/train.ts");
      return () => new Train(sources);
    };
    this.interpolate = new Room(t("interpolate"), "interpolate", interpolate, "corners");
    this.compare = new Room(t("compare"), "compare", compare, "run");
    this.edit = new Room(t("generate"), "edit", edit, "edit");
    this.train = new Room(t("train"), "train", train, "run");
    this.all = [this.interpolate, this.edit, this.train, this.compare];
  }

  /** The one that computes. */
  get working(): Bench | undefined {
    return this.all.find((bench) => bench.busy);
  }

  /** A tab was chosen: the panel shows what belongs to its view, and its first button says what it will do. */
  show(tab: string): void {
    const before = this.shown;
    const { interpolate, edit, train, compare } = this;
    this.shown = { "tab-interpolate": interpolate, "tab-edit": edit, "tab-train": train, "tab-compare": compare }[tab];
    document.body.setAttribute("data-view", VIEWS[tab] ?? "generate");
    write("generate", this.shown?.verb ?? t("generate"));
    if (before !== this.shown) before?.appear(false);
    this.shown?.appear(true);
  }

  /** Waits for the code of the view that is shown; a failure is said there. */
  async fetched(): Promise<void> {
    if (this.shown instanceof Room) await this.shown.enter();
  }

  /** Ends what is under way. */
  stop(): void {
    for (const bench of this.all) bench.stop();
  }

  /** Another model or engine is there. */
  adopt(running: Running): void {
    this.morph.offer(running.model.info, chosenClass());
    for (const bench of this.all) bench.adopt(running);
  }

  /** A control of the panel was changed. */
  consider(): void {
    this.shown?.consider();
  }
}
