/** The training of pictures: the machine is measured, a network chosen, and what it draws is looked at every few seconds. */

import { batch } from "@preact/signals-core";
import type { Diffuser, ModelFiles, TrainData, Trainer } from "../../../src/index.ts";
import { pixelsOf } from "../../../ui/pixels.ts";
import { ControlError } from "../../panel/numbers.ts";
import { t } from "../../texts.ts";
import { keep } from "../keep.ts";
import { type Heard, type State, Training, type Wanted } from "../training.ts";
import { chosenFor, pictureOptions, TRAINED, WIDTHS } from "./networks.ts";
import { KINDS } from "./sprites.ts";
import { type KeptPictures, LEAST, SHAPE, type Store } from "./state.ts";

/** The name under which the training is kept. */
export const KEPT = "pictures";

/** So many pictures are drawn, in so many steps. */
const DRAWN = 16;
const STEPS = 20;

/**
 * It is looked at after this long, in milliseconds; or after so many times what that took, a fifth of the time at most; or after
 * this part of the time so far, for it changes ever more slowly.
 */
const LOOK_MS = 3000;
const LOOK_SHARE = 4;
const LOOK_PART = 0.05;

/** The machine is measured by the steps of so long, in milliseconds, after the first ones. */
const MEASURED_MS = 1500;

/** Trains a network of pictures. */
export class PictureSession extends Training {
  private readonly store: Store;
  /** Where the time that is asked for is over, in milliseconds of training. */
  private budget = 0;

  constructor(store: Store, heard: Heard) {
    super(store, heard);
    this.store = store;
  }

  protected get rest(): number {
    return Math.max(LOOK_MS, LOOK_SHARE * this.looked.took, LOOK_PART * this.spent);
  }

  protected async wanted(diffuser: Diffuser, signal: AbortSignal): Promise<Wanted> {
    const { store } = this;
    if (store.pictures.value.length < LEAST) throw new ControlError("", t("trainTooFew", { least: LEAST }));
    const data = dataOf(store);
    // A training that is gone on with has its network already.
    const known = store.plan.value?.steps === 0 ? store.plan.value : undefined;
    const plan = known ?? (await this.measured(diffuser, data, signal));
    store.plan.value = plan;
    return { data, options: pictureOptions({ width: plan.width, flip: store.flip.value }) };
  }

  /** Trains the smallest network for a moment, and chooses one by that. */
  private async measured(diffuser: Diffuser, data: TrainData, signal: AbortSignal) {
    const { minutes, flip, loading } = this.store;
    const options = pictureOptions({ width: WIDTHS[0], flip: flip.value });
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

  /** The time decides; the step that it will end at is told anew from what steps have taken. */
  protected override over(step: number): boolean {
    const { target, msPerStep } = this.store;
    const left = this.budget - this.spent;
    const ms = msPerStep.value;
    if (ms !== undefined) target.value = step + Math.max(0, Math.round((left * TRAINED) / ms));
    return left <= 0;
  }

  protected async show(trainer: Trainer, diffuser: Diffuser): Promise<void> {
    const { store } = this;
    const step = store.step.value;
    const model = await trainer.model();
    const seeds = Array.from({ length: DRAWN }, (_, seed) => seed);
    const labels = store.classes ? seeds.map((seed) => seed % KINDS.length) : undefined;
    const run = model.sample({ seeds, sampler: "ddim", steps: STEPS, ...(labels && { labels }) });
    let pixels: Uint8Array | undefined;
    for await (const one of run) if (one.index + 1 === one.steps) pixels = pixelsOf(one, "xt").slice();
    if (!pixels || trainer !== this.trainer || diffuser !== this.diffuser) return;
    const grid = { pixels, count: DRAWN, shape: SHAPE, step };
    batch(() => {
      store.grid.value = grid;
    });
  }

  /** The network as it is, as a model's files; undefined where there is none. */
  async files(): Promise<ModelFiles | undefined> {
    const files = await this.trainer?.save();
    const names = this.store.classes?.names;
    return files && names ? { ...files, labels: names } : files;
  }

  protected async keep(state: State): Promise<void> {
    const { source, own, minutes, flip, plan } = this.store;
    const training: KeptPictures = {
      source: source.value,
      own: own.value,
      minutes: minutes.value,
      flip: flip.value,
      width: plan.value?.width ?? WIDTHS[0],
      ...state,
    };
    await keep(KEPT, training);
  }
}

/** What is learnt from, as the library takes it. */
function dataOf({ pictures, classes }: Store): TrainData {
  const size = SHAPE[0] * SHAPE[1] * SHAPE[2];
  const images = new Float32Array(size * pictures.value.length);
  for (const [i, x] of pictures.value.entries()) images.set(x, i * size);
  return { images, shape: SHAPE, ...(classes && { labels: classes.labels }) };
}
