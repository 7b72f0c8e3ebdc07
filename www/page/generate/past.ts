/** The last runs that are over: what it takes to show one again without computing it. */

import { History } from "../../ui/history.ts";
import type { Outcome } from "../../ui/player.ts";
import type { Made } from "../share/made.ts";
import type { StepClock } from "./clock.ts";
import type { Snr } from "./transport.ts";
import type { Showing } from "./view.ts";

/** One of them. */
export interface PastRun {
  made: Made;
  showing: Showing;
  snr: Snr;
  history: History;
  total: number;
  clock: StepClock;
  outcome: Outcome;
}

/** So many are kept, each but the newest within so many bytes. */
const MOST = 8;
const MOST_BYTES = 8e6;

/** The runs, the oldest first. */
export class Past {
  runs: readonly PastRun[] = [];

  /** Keeps one; the oldest goes when there are too many. */
  keep(run: PastRun): void {
    const before = this.runs.map((one) => ({ ...one, history: thinned(one.history) }));
    this.runs = [...before, run].slice(-MOST);
  }
}

/** The first and the newest frame stay, and of the others as many as there is room for. */
function thinned(history: History): History {
  const thin = new History(MOST_BYTES);
  for (let position = 0; position < history.length; position++) {
    const frame = history.at(position);
    if (frame) thin.push(frame);
  }
  return thin;
}
