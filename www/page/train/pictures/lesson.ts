/** What is learnt, as the library takes it, and what is asked of the network meanwhile: by a new network, or by a model that has classes already. */

import type { Model, ModelInfo, TrainImages } from "../../../src/index.ts";
import { classesOf, oneOfEach } from "../../../ui/labels.ts";
import type { Wanted } from "../training.ts";
import { type Base, halfOld } from "./base.ts";
import { modelOptions, pictureOptions } from "./networks.ts";
import { KINDS } from "./sprites.ts";
import type { Store } from "./state.ts";

/** So many pictures are drawn from the same noise, to be looked at. */
export const DRAWN = 16;

/**
 * So many pictures of its own classes a model learns beside those of the new one, lest it forget them: it draws them itself before it
 * learns (Ruiz et al. 2023, DreamBooth, section 3.2).
 */
const REMEMBERED = 40;
const REMEMBERED_STEPS = 25;

/** A training of pictures. */
export interface Lesson extends Wanted {
  data: TrainImages;
  shape: ModelInfo["shape"];
  /** The class of each picture that is drawn to be looked at. */
  drawn?: number[];
  /** What the classes are called. */
  names?: string[];
  /** The model that learns. */
  base?: Base;
}

/** That of a new network, of which the smallest is taken. */
export function newLesson({ pictures, flip, aim, ships, classes, shape: { value: shape } }: Store): Lesson {
  const data = { images: joined(pictures.value), shape };
  const options = pictureOptions(flip.value, aim.value);
  if (!ships.value) return { data, options, shape };
  const drawn = Array.from({ length: DRAWN }, (_, i) => i % KINDS.length);
  return { data: { ...data, labels: classes.labels }, options, shape, names: classes.names, drawn };
}

/** That of a model, which draws what it must not forget first: `progress` hears which part of that is done. */
export async function modelLesson(
  store: Store,
  base: Base,
  { signal, progress }: { signal: AbortSignal; progress: (part: number) => void },
): Promise<Lesson> {
  const { shape, classes } = base.model.info;
  const { value: pictures } = store.pictures;
  const own = store.flip.value ? [...pictures, ...pictures.map((x) => mirrored(x, shape[2]))] : pictures;
  const lesson = { options: modelOptions(base.model, store.aim.value), shape, base };
  if (classes === undefined) return { ...lesson, data: { images: joined(own), shape } };
  const labels = oneOfEach(classesOf(base.model.info), REMEMBERED);
  const old = await drawnBy(base.model, labels, signal, progress);
  // As many of the new class as of all others together.
  const count = Math.max(own.length, REMEMBERED);
  const images = joined([...repeated(own, count), ...repeated(old, count)]);
  const all = [...new Array<number>(count).fill(classes), ...repeated(labels, count)];
  return { ...lesson, data: { images, shape, labels: all }, drawn: halfOld(base, classes, DRAWN) };
}

/** So many of them, over and over. */
function repeated<T>(some: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, i) => some[i % some.length] as T);
}

/** Pictures that the model draws of these classes. */
async function drawnBy(model: Model, labels: number[], signal: AbortSignal, progress: (part: number) => void) {
  const seeds = labels.map((_, i) => DRAWN + i);
  const run = model.sample({ seeds, labels, sampler: "ddim", steps: REMEMBERED_STEPS, signal });
  let x: Float32Array = new Float32Array();
  for await (const step of run) {
    progress((step.index + 1) / step.steps);
    if (step.index + 1 === step.steps) x = await step.xt();
  }
  const size = x.length / labels.length;
  return labels.map((_, i) => x.slice(i * size, (i + 1) * size).map((value) => Math.max(-1, Math.min(1, value))));
}

/** Mirrored left to right. */
function mirrored(x: Float32Array, width: number): Float32Array {
  return x.map((_, i) => x[i - (i % width) + width - 1 - (i % width)] ?? 0);
}

/** One after the other. */
function joined(all: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(all.reduce((length, x) => length + x.length, 0));
  let at = 0;
  for (const x of all) {
    whole.set(x, at);
    at += x.length;
  }
  return whole;
}
