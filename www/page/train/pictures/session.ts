/** The training of pictures: a network is chosen for the machine, or a model's own, and what it draws is looked at every few seconds. */

import type { Diffuser, TrainedFiles, Trainer, TrainReport } from "../../../src/index.ts";
import { pixelsOf } from "../../../ui/pixels.ts";
import { ControlError } from "../../panel/numbers.ts";
import { percent, t } from "../../texts.ts";
import { keep } from "../keep.ts";
import { askedOf } from "../settings.ts";
import { type Heard, type State, Training } from "../training.ts";
import { identityOf, namesWith } from "./base.ts";
import { DRAWN, type Lesson, modelLesson, newLesson } from "./lesson.ts";
import { chosenFor, networkOf, TRAINED, WIDTHS } from "./networks.ts";
import { type KeptPictures, LEAST, type Store } from "./state.ts";
import { measuredTable } from "./table.ts";

/** The name under which the training is kept. */
export const KEPT = "pictures";

/** The pictures to be looked at are drawn in so many steps. */
const STEPS = 20;

/**
 * It is looked at after this long, in milliseconds; or after so many times what that took, a fifth of the time at most; or after
 * this part of the time so far, for it changes ever more slowly, and no later than this.
 */
const LOOK_MS = 3000;
const LOOK_SHARE = 4;
const LOOK_PART = 0.05;
const LATE_LOOK_MS = 9000;

/** The machine is measured by the steps of so long, in milliseconds, after the first ones. */
const MEASURED_MS = 1500;

/** Trains a network of pictures. */
export class PictureSession extends Training<Lesson> {
  private readonly store: Store;
  /** Where the time that is asked for is over, in milliseconds of training. */
  private budget = 0;

  constructor(store: Store, heard: Heard) {
    super(store, heard);
    this.store = store;
  }

  protected get rest(): number {
    return Math.max(LOOK_MS, LOOK_SHARE * this.looked.took, Math.min(LATE_LOOK_MS, LOOK_PART * this.spent));
  }

  protected async wanted(diffuser: Diffuser, signal: AbortSignal): Promise<Lesson> {
    const { pictures, learning, className, loading, plan } = this.store;
    if (pictures.value.length < LEAST) throw new ControlError("", t("trainTooFew", { least: LEAST }));
    const base = learning.value;
    if (base) {
      namesWith(base, className.value);
      const progress = (part: number) =>
        Object.assign(loading, { value: t("trainRemembers", { part: percent(part) }) });
      return modelLesson(this.store, base, { signal, progress });
    }
    const lesson = newLesson(this.store);
    // A training that is gone on with has its network already.
    const known = plan.value?.steps === 0 ? plan.value : undefined;
    plan.value = known ?? (await this.measured(diffuser, lesson, signal));
    return { ...lesson, options: { ...lesson.options, network: networkOf(plan.value.width) } };
  }

  /** Trains the smallest network for a moment, and chooses one by that. */
  private async measured(diffuser: Diffuser, { data, options }: Lesson, signal: AbortSignal) {
    const { minutes, loading } = this.store;
    const trainer = await diffuser.train(data, { ...options, signal, onProgress: this.follow });
    loading.value = t("trainMeasuring");
    try {
      const times: number[] = [];
      const began = performance.now();
      for await (const { ms } of trainer) {
        times.push(ms);
        if (times.length > 2 && performance.now() - began > MEASURED_MS) break;
      }
      // The first steps are slower than all others.
      const [, ...later] = times;
      return chosenFor(60 * Number(minutes.value), Math.min(...later));
    } finally {
      trainer.dispose();
    }
  }

  /** Another time as long as is asked for begins. */
  protected end(): number {
    const { step, plan, minutes, parameters } = this.store;
    this.budget = this.spent + 60_000 * Number(minutes.value);
    parameters.value = this.trainer?.info.parameters;
    return step.value + (plan.value?.steps || 1);
  }

  protected override loop(trainer: Trainer): AsyncIterable<TrainReport> {
    return trainer;
  }

  /** The time decides; the step that it will end at is told anew from what steps have taken. */
  protected override over(step: number): boolean {
    const { target, msPerStep } = this.store;
    const left = this.budget - this.spent;
    // After the first report alone nothing else is known.
    const ms = msPerStep.value ?? this.spent;
    target.value = step + Math.max(0, Math.round((left * TRAINED) / ms));
    return left <= 0;
  }

  protected async show(trainer: Trainer, diffuser: Diffuser): Promise<void> {
    const { store, lesson } = this;
    if (!lesson) return;
    const step = store.step.value;
    const model = await trainer.model();
    const seeds = Array.from({ length: DRAWN }, (_, seed) => seed);
    const { shape, drawn } = lesson;
    const run = model.sample({ seeds, sampler: "ddim", steps: STEPS, ...(drawn && { labels: drawn }) });
    let pixels: Uint8Array | undefined;
    for await (const one of run) if (one.index + 1 === one.steps) pixels = pixelsOf(one, "xt").slice();
    if (!pixels || trainer !== this.trainer || diffuser !== this.diffuser) return;
    store.grid.value = { pixels, count: DRAWN, shape, step };
  }

  /** The network as it is, as a model's files with Analytic-DPM's table, and the model that it was; undefined where there is none. */
  async result(): Promise<{ files: TrainedFiles; base: Lesson["base"] } | undefined> {
    const { trainer, lesson, diffuser, store } = this;
    if (!trainer || !lesson || !diffuser) return undefined;
    const { base } = lesson;
    const labels = base ? namesWith(base, store.className.value) : lesson.names;
    const files = { ...(await trainer.save()), ...(labels && { labels }) };
    try {
      const progress = (part: number) => Object.assign(store.measured, { value: part });
      progress(0);
      return { files: { ...files, analytic: await measuredTable(diffuser, files, lesson, progress) }, base };
    } finally {
      store.measured.value = undefined;
    }
  }

  protected async keep(state: State): Promise<boolean> {
    const { learner, learning, className, side, source, own, minutes, flip, asked, plan } = this.store;
    const base = learning.value;
    const training: KeptPictures = {
      learner: learner.value,
      base: base && { source: base.source, name: base.name },
      identity: base && identityOf(base),
      className: className.value,
      side: side.value,
      source: source.value,
      own: own.value,
      minutes: minutes.value,
      flip: flip.value,
      aim: askedOf(asked),
      width: plan.value?.width ?? WIDTHS[0],
      ...state,
    };
    return keep(KEPT, training);
  }
}
