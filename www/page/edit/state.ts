/** What the room "Edit" is at: one store of signals. The view is a function of it, and every change goes through it. */

import { batch, computed, type Signal, signal } from "@preact/signals-core";
import type { FitOptions } from "../../src/index.ts";
import { fromBytes, type PictureShape, type Pictures, quantise } from "../../ui/pixels.ts";
import type { Outcome } from "../../ui/player.ts";
import type { Brush } from "./brush.ts";

/** What can be done with a picture. */
export type Tool = "fill" | "begin" | "mix" | "denoise" | "hold";

/** What the brush changes. */
export interface Layers {
  /** The picture, as the model has them: floats in [-1, 1], channel by channel. Undefined while there is none. */
  picture: Float32Array | undefined;
  /** How much of each pixel is left open, to be made anew: from 0, nothing, to 1. */
  open: Float32Array;
  /** Where the picture comes from, and what was done to it. */
  told: string;
  /** The file that it came from: it is fitted again in another way, or to another model. */
  file: File | undefined;
}

/** Nothing is there yet. */
function emptied([, height, width]: PictureShape): Layers {
  return { picture: undefined, open: new Float32Array(height * width), told: "", file: undefined };
}

/** The pictures of a run as they stand. */
export interface Results extends Pictures {
  /** The picture that the run was given, in bytes. */
  before: Uint8Array;
  step: number;
  steps: number;
  /** With "open" the run goes on, or is paused. */
  outcome: Outcome | "open";
  caption: string;
  state: string;
}

/** So many states can be gone back to. */
const MOST_PAST = 100;

/** The room's state. */
export class Store {
  readonly shape = signal<PictureShape>([1, 28, 28]);
  /** Training timesteps of the model. */
  readonly timesteps = signal(1000);
  /** How strong the noise beside the image is at the last of them. */
  readonly mostNoise = signal(100);
  readonly layers = signal<Layers>(emptied([1, 28, 28]));
  readonly past = signal<readonly Layers[]>([]);
  readonly future = signal<readonly Layers[]>([]);

  readonly fit = signal<NonNullable<FitOptions["fit"]>>("crop");

  readonly tool = signal<Tool>("fill");
  readonly fill = {
    method: signal<"noised" | "clean" | "repaint">("noised"),
    jump: signal(10),
    resample: signal(3),
  };
  /** The timestep at which a run begins from the picture. */
  readonly t = signal(500);
  /** The picture at the other end, and whose noise the two get. */
  readonly mix = { other: signal<Float32Array | undefined>(undefined), noise: signal<"shared" | "own">("shared") };
  readonly denoise = {
    method: signal<"level" | "analytic" | "constant" | "annealed">("level"),
    sigma: signal(0.5),
    /** Noise that was added, so that there is some to remove: its seed, and what it is before it is scaled by sigma. */
    noise: signal<{ seed: number; eps: Float32Array } | undefined>(undefined),
  };
  /** A function of the picture that the run follows. */
  readonly hold = { r: signal<"mean-colour" | "symmetry">("mean-colour"), sigma: signal(0.05) };

  readonly brush = {
    size: signal(5),
    erases: signal(false),
    soft: signal(false),
    layer: signal<"open" | "picture">("open"),
    /** A byte for each of red, green and blue. */
    colour: signal<readonly number[]>([255, 255, 255]),
  };
  /** The pixel that the brush is over; undefined while it is nowhere. */
  readonly nib = signal<{ x: number; y: number } | undefined>(undefined);

  /** Pictures that Generate has made, to be taken. */
  readonly made = signal<Pictures | undefined>(undefined);
  readonly results = signal<Results | undefined>(undefined);
  /** The result that is looked at alone. */
  readonly chosen = signal<number | undefined>(undefined);
  /** Columns of it that show the picture before. */
  readonly split = signal(0);

  /** Whether the brush says what is left open; otherwise it draws. */
  readonly masks = computed(
    () => this.tool.value === "hold" || (this.tool.value === "fill" && this.brush.layer.value === "open"),
  );
  /** The picture as the tool is given it: noise is there only to be removed. */
  readonly given = computed(() => {
    const { picture } = this.layers.value;
    const { sigma, noise } = this.denoise;
    const eps = this.tool.value === "denoise" && sigma.value >= 0 ? noise.value?.eps : undefined;
    // In bytes, as a link or a file has it, so that these make the same.
    const whole = picture && fromBytes(quantise(picture));
    return eps ? whole?.map((value, i) => value + sigma.value * (eps[i] ?? 0)) : whole;
  });

  /** The brush as it is held. */
  get held(): Brush {
    return { size: this.brush.size.value, soft: this.brush.soft.value };
  }

  /** What the brush leaves behind: a value for each plane of its layer. */
  get paint(): readonly number[] {
    const erases = this.brush.erases.value;
    if (this.masks.value) return [erases ? 0 : 1];
    return erases ? this.colour.map(() => -1) : this.colour;
  }

  /** The colour that is chosen, in the model's channels, from -1 to 1. */
  get colour(): number[] {
    return Array.from(fromBytes(Uint8Array.from(this.brush.colour.value.slice(0, this.shape.value[0]))));
  }

  /** Exchanges the layers; `undo` brings those before back. */
  change(layers: Layers): void {
    batch(() => {
      this.past.value = [...this.past.value, this.layers.value].slice(-MOST_PAST);
      this.future.value = [];
      this.layers.value = layers;
    });
  }

  /** Another picture, whose pixels are all known. */
  put(picture: Float32Array, told: string, file?: File): void {
    batch(() => {
      this.change({ ...emptied(this.shape.value), picture, told, file });
      this.denoise.noise.value = undefined;
    });
  }

  undo(): void {
    this.travel(this.past, this.future);
  }

  redo(): void {
    this.travel(this.future, this.past);
  }

  /** Takes the layer of the brush back to where nothing was painted. */
  clear(): void {
    const { picture, open } = this.layers.value;
    if (this.masks.value) this.change({ ...this.layers.value, open: open.map(() => 0) });
    else if (picture) this.change({ ...this.layers.value, picture: picture.map(() => -1) });
  }

  /** What was open is known, and the other way around; or light and dark change places. */
  invert(): void {
    const { picture, open } = this.layers.value;
    if (this.masks.value) this.change({ ...this.layers.value, open: open.map((part) => 1 - part) });
    else if (picture) this.change({ ...this.layers.value, picture: picture.map((value) => -value) });
  }

  /** Begins anew for another model. */
  reset(shape: PictureShape, timesteps: number): void {
    const same = String(shape) === String(this.shape.value);
    batch(() => {
      this.timesteps.value = timesteps;
      this.t.value = Math.min(this.t.value, timesteps - 1);
      if (same) return;
      this.shape.value = shape;
      this.layers.value = emptied(shape);
      this.past.value = this.future.value = [];
      this.denoise.noise.value = undefined;
      this.results.value = this.chosen.value = this.made.value = this.mix.other.value = undefined;
    });
  }

  /** Keeps the picture as the other end, so that another one can be given. */
  keepOther(): void {
    this.mix.other.value = this.given.value;
  }

  /** Shows one result alone, or all of them again. */
  choose(index: number | undefined): void {
    batch(() => {
      this.chosen.value = index;
      this.split.value = Math.round(this.shape.value[2] / 2);
    });
  }

  /** Takes the newest of these layers, and leaves those at hand with the others. */
  private travel(from: Signal<readonly Layers[]>, to: Signal<readonly Layers[]>): void {
    const next = from.value.at(-1);
    if (!next) return;
    batch(() => {
      from.value = from.value.slice(0, -1);
      to.value = [...to.value, this.layers.value];
      this.layers.value = next;
    });
  }

  /** The picture as it is drawn; black where there is none. */
  get bytes(): Uint8Array {
    const [channels, height, width] = this.shape.value;
    const given = this.given.value;
    return given ? quantise(given) : new Uint8Array(channels * height * width);
  }
}
