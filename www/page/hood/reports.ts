/** The cards that give a report to copy: how fast this machine is, and whether its back ends agree. Reports are in English, for others read them. */

import { signal } from "@preact/signals-core";
import { html } from "lit-html";
import type { Backend, CheckedBackend, CheckReport, Model } from "../../src/index.ts";
import { find } from "../dom.ts";
import { oneLabel } from "../settings.ts";
import { Copier } from "../share/copying.ts";
import { DEVICES, type Key, t } from "../texts.ts";
import { Card, card, type Shared, type Surroundings } from "./card.ts";

/** What a card is about. */
export interface Report {
  title: Key;
  hint: Key;
  verb: Key;
  /** What is said before it begins. */
  ready: Key;
  /** Names of the bar, and of what is found. */
  bar: Key;
  found: Key;
  /** Does the work, says how far it is, from 0 to 1 and in words, and gives the report. */
  work(now: Surroundings, signal: AbortSignal, tell: (done: number, words: string) => void): Promise<string>;
}

/** The card. A report that is there stays. */
export class ReportCard extends Card {
  private readonly about: Report;
  private readonly copier = new Copier();
  private readonly report = signal("");

  /** Its elements' ids begin with this name. */
  constructor(name: string, about: Report, shared: Shared) {
    super(name, shared);
    this.about = about;
  }

  view() {
    const { name, about, report, shared } = this;
    const hidden = report.value === "";
    const beside = this.copier.view(`${name}-copy`, () => this.copy(), { hidden });
    const body = html`<figcaption class="hint">${t(about.hint)}</figcaption>
      <div class="asking"><div>${this.controls(about.verb, about.bar, shared.now.value !== undefined)}</div></div>
      <pre class="report" id="${name}-report" tabindex="0" role="region" aria-label=${t(about.found)} ?hidden=${hidden}>${report.value}</pre>`;
    return card(name, about.title, body, "", beside);
  }

  /** How the last work ended stays said. */
  override follow(): void {}

  protected rest(): string {
    return this.said.value === "" ? t(this.about.ready) : "";
  }

  protected async begin(): Promise<void> {
    const now = this.shared.now.value;
    if (!now) return;
    this.shared.take(this);
    await this.run(async (signal) => {
      const report = await this.about.work(now, signal, (done, words) => signal.aborted || this.progress(done, words));
      signal.throwIfAborted();
      this.report.value = report;
    });
  }

  protected override completed(): void {
    this.tell(t("workDone"));
  }

  private copy(): Promise<void> {
    const select = () => getSelection()?.selectAllChildren(find(`${this.name}-report`));
    return this.copier.copy(this.report.value, select);
  }
}

/** Times this machine. */
export const BENCHMARK: Report = {
  title: "benchmarkTitle",
  hint: "benchmarkHint",
  verb: "benchmark",
  ready: "benchmarkReady",
  bar: "timed",
  found: "report",
  async work({ model, diffuser }, signal, tell) {
    const timings: Timing[] = [];
    for (const images of BATCHES) {
      const done = timings.length / BATCHES.length;
      tell(done, t("benchmarkWarming", { n: images }));
      const onStep = (timed: number) => timed > 0 && tell(done, t("benchmarkTimed", { n: images, steps: timed }));
      timings.push(await timeSteps(model, images, signal, onStep));
      signal.throwIfAborted();
    }
    return timesOf(timings, model.info, diffuser.backend);
  },
};

/** Asks every back end of this machine about the same networks. */
export const CHECK: Report = {
  title: "checkTitle",
  hint: "checkHint",
  verb: "checkBegin",
  ready: "checkReady",
  bar: "checked",
  found: "checkReport",
  async work({ diffuser }, signal, tell) {
    tell(0, t("checkWorking"));
    return answersOf(await diffuser.check({ signal, onProgress: (done) => tell(done, t("checkWorking")) }));
  },
};

/** The steps of one size of batch. */
interface Timing {
  images: number;
  /** Milliseconds of each step, its pictures read. */
  ms: number[];
}

/** Sizes of batch that are timed. */
const BATCHES = [1, 16];
/** Steps before the first that counts: engines of WebAssembly compile hot loops meanwhile, GPUs their pipelines. */
const WARM_UP = 3;
/** How long a size of batch is timed, in milliseconds, but at least so many steps. */
const BUDGET_MS = 4000;
const LEAST_STEPS = 5;
/** Steps of the run: more than fit into the budget on a fast machine, as few as a schedule has. */
const MOST_STEPS = 400;

/** Times steps of DDIM; `onStep` is told how many count so far. */
async function timeSteps(
  model: Model,
  batch: number,
  signal: AbortSignal,
  onStep: (timed: number) => void,
): Promise<Timing> {
  const steps = Math.min(MOST_STEPS, model.info.scheduler.num_train_timesteps ?? 1000);
  const ms: number[] = [];
  let spent = 0;
  let begun = performance.now();
  for await (const step of model.sample({ sampler: "ddim", steps, seed: 7, batch, signal, ...oneLabel(model.info) })) {
    step.rgba("x0", 0);
    const took = performance.now() - begun;
    if (step.index >= WARM_UP) {
      ms.push(took);
      spent += took;
    }
    onStep(ms.length);
    if (spent > BUDGET_MS && ms.length >= LEAST_STEPS) break;
    begun = performance.now();
  }
  return { images: batch, ms };
}

/** A report as markdown that can be pasted into an issue: of what, and a table. */
function markdown(about: readonly string[], head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]) => `| ${cells.join(" | ")} |`;
  const title = `unnoise, ${new Date().toISOString().slice(0, 10)}`;
  return [title, ...about, "", line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function timesOf(timings: readonly Timing[], model: Model["info"], backend: Backend): string {
  const [channels, height, width] = model.shape;
  const size = `${(model.parameters / 1e6).toFixed(1)} M parameters, ${height} × ${width} × ${channels}`;
  const workers = backend.workers > 1 ? `, ${backend.workers} workers` : "";
  const about = [
    `- model: ${model.name ?? "unnamed"}, ${size}`,
    `- engine: ${engineName(backend)}${workers}; ${backend.adapter}`,
    `- browser: ${navigator.userAgent}; ${navigator.hardwareConcurrency} processors`,
  ];
  const head = ["images at a time", "steps timed", "ms per step, median", "least to most", "images' steps per second"];
  const rows = timings.map(({ images, ms }) => {
    const sorted = [...ms].sort((a, b) => a - b);
    const at = (place: number) => sorted.at(place) ?? Number.NaN;
    const middle = at(Math.floor(sorted.length / 2));
    return [
      images,
      ms.length,
      digits(middle),
      `${digits(at(0))} to ${digits(at(-1))}`,
      digits((1000 * images) / middle),
    ];
  });
  return markdown(about, head, rows);
}

function answersOf({ backends, parts }: CheckReport): string {
  const rows = parts.map(({ name, answers }) => [
    name,
    ...answers.map((answer) =>
      answer ? `${answer.distance.toExponential(1)}, ${Number(answer.ms.toPrecision(3))} ms` : "-",
    ),
  ]);
  const about = [
    `- browser: ${navigator.userAgent}`,
    ...backends.map((backend) => `- ${engineName(backend)}: ${found(backend)}`),
    "",
    "Relative distance from the CPU, and time of a prediction (the first column is the CPU itself):",
  ];
  return markdown(about, ["small network with", ...backends.map(engineName)], rows);
}

function found({ adapter, knownAnswer, failed }: CheckedBackend): string {
  const answer = knownAnswer === undefined ? undefined : `known answer off by ${knownAnswer.toExponential(1)}`;
  return [adapter, answer, failed].filter((part) => part !== undefined).join("; ");
}

/** "burn on WebGPU". */
function engineName({ kind, device }: Pick<Backend, "kind" | "device">): string {
  return `${kind === "burn" ? "burn on " : ""}${DEVICES[device]}`;
}

/** Three digits. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
