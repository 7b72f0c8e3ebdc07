/** Times this machine, for a card with a report. */

import { t } from "../texts.ts";
import type { Surroundings } from "./card.ts";
import type { Telling } from "./report.ts";
import { BATCHES, reportOf, type Timing, timeSteps } from "./timing.ts";

/** The work of the card: its report. */
export async function benchmark(
  { model, diffuser }: Surroundings,
  signal: AbortSignal,
  tell: Telling,
): Promise<string> {
  const timings: Timing[] = [];
  for (const images of BATCHES) {
    const done = timings.length / BATCHES.length;
    tell(done, t("benchmarkWarming", { n: images }));
    const onStep = (timed: number) => timed > 0 && tell(done, t("benchmarkTimed", { n: images, steps: timed }));
    timings.push(await timeSteps(model, images, signal, onStep));
    signal.throwIfAborted();
  }
  const { userAgent: browser, hardwareConcurrency: processors } = navigator;
  return reportOf(timings, { date: new Date(), model: model.info, backend: diffuser.backend, browser, processors });
}
