/** The card that times this machine. */

import type { Backend, Model } from "../src/index.ts";
import { BATCHES, reportOf, type Timing, timeSteps } from "./benchmark-steps.ts";
import { type CardEvents, ReportCard, type Telling } from "./report-card.ts";
import { timing } from "./texts/benchmark.ts";

/** What is timed. */
export interface BenchmarkSurroundings {
  model: Model;
  backend: Backend;
}

/** Connects the card. `look` tells what there is to be timed. */
export function benchmarkCard(
  look: () => BenchmarkSurroundings | undefined,
  events: CardEvents,
): ReportCard<BenchmarkSurroundings> {
  return new ReportCard("benchmark", { texts: timing, look, work: time, events });
}

async function time({ model, backend }: BenchmarkSurroundings, signal: AbortSignal, tell: Telling): Promise<string> {
  const timings: Timing[] = [];
  for (const images of BATCHES) {
    const done = timings.length / BATCHES.length;
    tell(done, timing.warming(images));
    const onStep = (timed: number) => timed > 0 && tell(done, timing.stepping(images, timed));
    timings.push(await timeSteps(model, images, signal, onStep));
  }
  const { userAgent: browser, hardwareConcurrency: processors } = navigator;
  return reportOf(timings, { date: new Date(), model: model.info, backend, browser, processors });
}
