/** The training of points, and what is seen of it: samples about once a second, and the score field. */

import { batch } from "@preact/signals-core";
import type { Diffuser, Trainer } from "../../src/index.ts";
import { ControlError } from "../panel/numbers.ts";
import { t } from "../texts.ts";
import { keep } from "./keep.ts";
import { reverseOf } from "./reverse.ts";
import { fieldAt, sampled } from "./sampling.ts";
import { askedOf, trainOptions } from "./settings.ts";
import type { Kept, Store } from "./state.ts";
import { type Heard, type State, Training, type Wanted } from "./training.ts";

/** Samples are drawn anew after this long, in milliseconds, or after so many times what drawing them took. */
const LOOK_MS = 900;
const LOOK_SHARE = 2;

/** The name under which the training is kept. */
export const KEPT = "points";

/** A smaller distance than this is chance: of so few samples none can be told from the next. */
const LEAST_DISTANCE = 1e-3;

/** Trains the network of the store's settings. */
export class Session extends Training {
  private readonly store: Store;
  private fields = 0;
  private reverses = 0;

  constructor(store: Store, heard: Heard) {
    super(store, heard);
    this.store = store;
  }

  protected get rest(): number {
    return Math.max(LOOK_MS, LOOK_SHARE * this.looked.took);
  }

  protected wanted(): Wanted {
    const points = this.store.points.value;
    if (points.length === 0) throw new ControlError("", t("trainNoPoints"));
    return { data: { points }, options: trainOptions(askedOf(this.store.asked)) };
  }

  /** The next multiple of the steps that are asked for. */
  protected end(): number {
    const { step, steps } = this.store;
    return (Math.floor(step.value / steps.value) + 1) * steps.value;
  }

  protected async show(trainer: Trainer, diffuser: Diffuser): Promise<void> {
    const { store } = this;
    const film = await sampled(diffuser, trainer, store);
    if (trainer !== this.trainer) return;
    batch(() => {
      const atEnd = store.at.value >= store.times.value.length - 1;
      store.film.value = film;
      if (store.phase.value === "training") store.distances.push([film.step, Math.max(LEAST_DISTANCE, film.distance)]);
      if (atEnd) store.at.value = store.times.value.length - 1;
    });
    await this.lookAtField();
    await this.lookAtReverse();
  }

  /** Draws the score field at the timestep that is looked at; the newest wins. */
  async lookAtField(): Promise<void> {
    const { trainer, store } = this;
    const turn = ++this.fields;
    if (!trainer || !store.withField.value) return;
    const field = await fieldAt(trainer, store, Math.max(0, store.t.value));
    if (turn === this.fields && trainer === this.trainer) store.field.value = field;
  }

  /** Measures the variances of the reverse steps, where a plot of them is wanted; the newest wins. */
  async lookAtReverse(): Promise<void> {
    const { trainer, diffuser, store } = this;
    const turn = ++this.reverses;
    if (!trainer || !diffuser || !store.wantsReverse) return;
    const reverse = await reverseOf(diffuser, trainer, store);
    if (turn === this.reverses && trainer === this.trainer) store.reverse.value = reverse;
  }

  protected async keep(state: State): Promise<boolean> {
    const { asked, word, lines } = this.store;
    const training: Kept = { asked: askedOf(asked), word: word.value, lines: lines.value, ...state };
    return keep(KEPT, training);
  }
}
