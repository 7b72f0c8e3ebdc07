/** What the views that compute have in common: how the panel's buttons and the rest of the page deal with them. */

import { type Heard, Task } from "../ui/task.ts";
import { sentence } from "../ui/words.ts";
import { announce, mention } from "./dom.ts";
import type { RunSettings } from "./interpolate/settings.ts";
import type { Running } from "./model/engine.ts";
import { left, t, took } from "./texts.ts";

/** A view that computes when it is asked to. */
export interface Bench extends Worker {
  /** What the panel's first button says while the view is shown. */
  readonly verb: string;
  /** Whether there is something to stop. */
  readonly busy: boolean;
  /** What part of the run at hand is done, 0 to 1. */
  readonly fraction: number;
  /** Computes what the controls ask for; says itself what is wrong with them. */
  begin(): Promise<void>;
  /** What it would cost, in a sentence; undefined where the controls make no sense, or nothing was measured. */
  price(running: Running): string | undefined;
  /** Another model or engine has taken the place of the one before. */
  adopt(running: Running): void;
  /** A control of the panel was changed. */
  consider(): void;
  /** The view comes to be seen, or goes. */
  appear(seen: boolean): void;
}

/** What a bench needs of the page. */
export interface BenchSources {
  /** The engine with its model, while it can be used. */
  running(): Running | undefined;
  /** How steps are made, as the panel says. */
  settings(): RunSettings;
  /** Takes the engine from whoever has it. */
  take(by: Worker): void;
  /** Something to be seen outside of the view has changed: whether it is busy, how fast it is, what a run costs. */
  onChange(): void;
  /** An error that only a fresh engine mends. */
  onCrash(error: unknown): void;
}

/** What has the engine. */
export interface Worker {
  /** Ends within one step; what is computed stays. */
  stop(): void;
}

/** The turn at the engine. There is one. */
export class Turn {
  private holder: Worker | undefined;

  /** Takes the turn. What another has under way is stopped. */
  take(by: Worker): void {
    if (this.holder !== by) this.holder?.stop();
    this.holder = by;
  }
}

/** How far a bench is. */
export interface Reached {
  done: number;
  total: number;
  secondsLeft: number | undefined;
}

/** The computing of a bench: says how far it is, and how it ended, on the page and to those who do not see it. */
export class Computing extends Task {
  /** What it has taken, up to the newest step. */
  private seconds = 0;
  private began = 0;
  private readonly noun: "pictures" | "frames";
  private readonly reached: () => Reached;
  private readonly changed: () => void;

  /** `noun` is the key of what it makes. `completed` is called when all of them are there. */
  constructor(
    noun: "pictures" | "frames",
    reached: () => Reached,
    events: Omit<Heard, "ended"> & { completed?(): void },
  ) {
    super({
      changed: () => this.follow(),
      failed: (error) => events.failed(error),
      ended: (outcome) => {
        if (outcome === "complete") announce(t("allDone", { all: t(this.noun, { n: this.reached().total }) }));
        if (outcome === "complete") events.completed?.();
        if (outcome === "stopped") announce(sentence(this.state));
      },
    });
    this.noun = noun;
    this.reached = reached;
    this.changed = () => events.changed();
  }

  /** How it stands, in words; empty where nothing was begun. */
  get state(): string {
    const { done, secondsLeft } = this.reached();
    const { all } = this;
    if (this.outcome === "open") {
      if (secondsLeft === undefined) return t("progressOf", { done, all });
      return t("progressLeft", { done, all, rest: left(secondsLeft) });
    }
    if (this.outcome === "stopped") return t("stoppedWith", { done, all });
    if (this.outcome === "complete") return t("done", { time: took(this.seconds) });
    return this.outcome === "failed" ? t("failed") : "";
  }

  /** It begins to compute so many things, in words: "9 frames, the ends first". */
  start(what: string): void {
    this.began = performance.now();
    announce(t("computing", { what }));
    this.follow();
  }

  /** A step has been computed. */
  step(): void {
    this.seconds = (performance.now() - this.began) / 1000;
    this.follow();
  }

  /** Shows how far it is, and says so from time to time. */
  private follow(): void {
    this.changed();
    const { done, secondsLeft } = this.reached();
    if (this.outcome !== "open" || done === 0 || secondsLeft === undefined) return;
    mention(() => t("progressSaid", { done, all: this.all, rest: left(secondsLeft) }));
  }

  /** All that it makes, as it is said after "of". */
  private get all(): string {
    return t(this.noun === "frames" ? "framesOf" : "picturesOf", { n: this.reached().total });
  }
}
