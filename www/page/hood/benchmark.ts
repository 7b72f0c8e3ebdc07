/** Times this machine, for a card with a report. */

import type { Diffuser, Model } from "../../src/index.ts";
import type { Telling } from "./report.ts";
import { timing } from "./texts.ts";
import { BATCHES, reportOf, type Timing, timeSteps } from "./timing.ts";

/** What is timed. */
export interface Timed {
  model: Model;
  diffuser: Diffuser;
}

/** The work of the card: its report. */
export async function benchmark({ model, diffuser }: Timed, signal: AbortSignal, tell: Telling): Promise<string> {
  const timings: Timing[] = [];
  for (const images of BATCHES) {
    const done = timings.length / BATCHES.length;
    tell(done, timing.warming(images));
    const onStep = (timed: number) => timed > 0 && tell(done, timing.stepping(images, timed));
    timings.push(await timeSteps(model, images, signal, onStep));
    signal.throwIfAborted();
  }
  const { userAgent: browser, hardwareConcurrency: processors } = navigator;
  return reportOf(timings, { date: new Date(), model: model.info, backend: diffuser.backend, browser, processors });
}
