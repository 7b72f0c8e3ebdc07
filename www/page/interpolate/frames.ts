/** Computes the frames of an interpolation, coarse ones first, and keeps what there is of each. */

import type { Model, SampleOptions } from "../../src/index.ts";
import { pixelsOf } from "../../ui/pixels.ts";
import { StepClock } from "../generate/clock.ts";
import { type Batch, batchesOf, type Layout, placeOf } from "./settings.ts";

/** An interpolation to be computed. */
export interface Job {
  model: Model;
  layout: Layout;
  /** Steps of a run. */
  steps: number;
  options(batch: Batch): SampleOptions;
  /** What it is made of, in one string: frames of the same are kept when it is begun again. */
  key: string;
}

/** One frame as it stands: bytes of its images in NCHW order. */
export interface FramePixels {
  pixels: Uint8Array;
  /** The frame itself, the network's guess at it, or a frame near it that stands in. */
  kind: "ready" | "guess" | "near";
}

/** The frames of one interpolation. */
export class Frames {
  layout: Layout = { columns: 0, rows: 0, images: 0 };
  /** Milliseconds that a step of one image takes. */
  clock = new StepClock();
  private model: Model | undefined;
  private key = "";
  private steps = 0;
  private ready: (Uint8Array | undefined)[] = [];
  private guesses = new Map<number, Uint8Array>();
  private stepOfBatch = 0;
  private inBatch = 0;

  /** Frames that are computed. */
  get done(): number {
    return this.ready.filter((frame) => frame !== undefined).length;
  }

  /** Frames there are to be. */
  get total(): number {
    return this.ready.length;
  }

  /** What part of the work is done, 0 to 1. */
  get fraction(): number {
    return this.total === 0 ? 0 : (this.done + this.partial) / this.total;
  }

  /** Seconds until all is computed; undefined before the first step. */
  get secondsLeft(): number | undefined {
    const { perStep } = this.clock;
    if (perStep === undefined) return undefined;
    return ((this.total - this.done - this.partial) * this.layout.images * this.steps * perStep) / 1000;
  }

  /** What there is to show of a frame; of those as near, the computed before the guessed. Undefined while there is nothing. */
  at(frame: number): FramePixels | undefined {
    const own = this.ready[frame];
    if (own) return { pixels: own, kind: "ready" };
    const guess = this.guesses.get(frame);
    if (guess) return { pixels: guess, kind: "guess" };
    const near = this.nearest(frame, (other) => this.ready[other]) ?? this.nearest(frame, (o) => this.guesses.get(o));
    return near && { pixels: near, kind: "near" };
  }

  /** Computes what is missing of a job; `onChange` hears of every step, with what it took. Throws what a run throws. */
  async compute(job: Job, signal: AbortSignal, onChange: (ms: number, images: number) => void): Promise<void> {
    this.take(job);
    for (const { frames } of batchesOf(job.layout)) {
      const missing = frames.filter((frame) => !this.ready[frame]);
      if (missing.length === 0) continue;
      const batch = { frames: missing, images: missing.length * job.layout.images };
      try {
        await this.batch(job, batch, signal, onChange);
      } finally {
        if (this.key === job.key) this.drop();
      }
    }
  }

  private async batch(job: Job, batch: Batch, signal: AbortSignal, onChange: (ms: number, images: number) => void) {
    let began = performance.now();
    this.inBatch = batch.frames.length;
    for await (const step of job.model.sample({ ...job.options(batch), signal })) {
      signal.throwIfAborted();
      const ms = performance.now() - began;
      this.clock.add(ms / batch.images);
      this.stepOfBatch = step.index + 1;
      const last = step.index + 1 === step.steps;
      const pixels = pixelsOf(step, last ? "xt" : "x0");
      this.keep(batch, pixels, last);
      onChange(ms, batch.images);
      began = performance.now();
    }
  }

  private keep({ frames }: Batch, pixels: Uint8Array, last: boolean): void {
    const size = pixels.length / frames.length;
    for (const [place, frame] of frames.entries()) {
      const part = pixels.slice(place * size, (place + 1) * size);
      if (last) this.ready[frame] = part;
      else this.guesses.set(frame, part);
    }
    if (last) this.drop();
  }

  /** Makes room for a job, unless its frames are those that are here. */
  private take({ key, layout, steps, model }: Job): void {
    if (key === this.key && model === this.model) return;
    this.key = key;
    this.model = model;
    this.layout = layout;
    this.steps = steps;
    this.clock = new StepClock();
    this.ready = new Array<Uint8Array | undefined>(layout.columns * layout.rows).fill(undefined);
    this.drop();
  }

  /** Forgets what was only guessed. */
  private drop(): void {
    this.guesses.clear();
    this.stepOfBatch = 0;
    this.inBatch = 0;
  }

  /** What the batch at hand is worth, in frames. */
  private get partial(): number {
    return this.steps === 0 ? 0 : (this.inBatch * this.stepOfBatch) / this.steps;
  }

  private nearest(frame: number, pixelsOf: (frame: number) => Uint8Array | undefined): Uint8Array | undefined {
    const here = placeOf(frame, this.layout);
    let best: { pixels: Uint8Array; distance: number } | undefined;
    for (let other = 0; other < this.total; other++) {
      const pixels = pixelsOf(other);
      if (!pixels) continue;
      const there = placeOf(other, this.layout);
      const distance = Math.hypot(here[0] - there[0], here[1] - there[1]);
      if (!best || distance < best.distance) best = { pixels, distance };
    }
    return best?.pixels;
  }
}
