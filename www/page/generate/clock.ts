/** How long the steps of a run take. */
import type { Step } from "../../src/index.ts";
import type { Frame } from "../../ui/frame.ts";
import { Player } from "../../ui/player.ts";
import { t, took } from "../texts.ts";
import type { PastRun } from "./past.ts";

/** A step's time is the median of this many newest ones: a browser that is busy for a moment does not show. */
const WINDOW = 9;

/** The times of one run's steps. */
export class StepClock {
  /** Milliseconds of every step, in order. */
  readonly times: number[] = [];
  /** Milliseconds of all steps together. */
  total = 0;

  /** Adds a step's time. */
  add(ms: number): void {
    this.total += ms;
    this.times.push(ms);
  }

  /** Milliseconds per step: the median of the newest; undefined before the first. */
  get perStep(): number | undefined {
    const sorted = this.times.slice(-WINDOW).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}

/** A player that knows how long the steps of its run take. */
export class TimedPlayer extends Player {
  clock = new StepClock();

  /** How the run stands, in words. */
  get state(): string {
    const { outcome, playing, history, total, clock } = this;
    if (outcome === "open") return t(playing ? "running" : "paused");
    if (outcome === "stopped") return t("stopped", { step: history.newest, steps: total });
    return outcome === "complete" ? t("done", { time: took(clock.total / 1000) }) : t("failed");
  }

  /** What part of the run is computed, 0 to 1. */
  get fraction(): number {
    return this.history.newest / Math.max(1, this.total);
  }

  /** Shows the end of a run that is over, as it was. */
  recall({ history, total, clock, outcome }: Pick<PastRun, "history" | "total" | "clock" | "outcome">): void {
    this.open((async function* () {})(), total);
    Object.assign(this, { history, clock, outcome });
    this.seek(total);
  }

  override open(run: AsyncIterable<Step>, total?: number, noise?: Frame): void {
    this.clock = new StepClock();
    super.open(timed(run, this.clock), total, noise);
  }
}

/** The same run, whose steps are timed. */
function timed(run: AsyncIterable<Step>, clock: StepClock): AsyncIterable<Step> {
  const source = run[Symbol.asyncIterator]();
  const next = async () => {
    const began = performance.now();
    const step = await source.next();
    if (!step.done) clock.add(performance.now() - began);
    return step;
  };
  return {
    [Symbol.asyncIterator]: () => ({
      next,
      return: async () => (await source.return?.()) ?? { done: true, value: undefined },
    }),
  };
}
