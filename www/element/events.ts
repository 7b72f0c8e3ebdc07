/** What the element tells: how it stands, and its events. All events bubble, and leave the shadow tree that the element may stand in. */
import type { Backend, ModelInfo, Step, UnnoiseError } from "../src/index.ts";

/** How an element stands. "idle": nothing has been run; "running": a run is open, though it may be paused. */
export type State = "idle" | "loading" | "running" | "complete" | "stopped" | "failed";

/** How a run ended. */
export type Outcome = "complete" | "stopped" | "failed";

/** What the `detail` of each event holds. */
export interface SamplerDetails {
  /** The model is there; once for each element and model. What was taken for granted is in `model.warnings`, and on the console. */
  load: { model: ModelInfo; backend: Backend };
  /** Engine and model are on their way: bytes that have arrived, and about which part of all, from 0 to 1. */
  progress: { loaded: number; fraction: number };
  /** A step has been computed. Its floats, `step.xt()`, are to be asked for before the listener returns: the next step passes it. */
  step: { step: Step; backend: Backend };
  /** A run has ended with its images: as pictures, and as batch * channels * height * width floats. */
  complete: { images: ImageData[]; x: Float32Array; seed: number; steps: number };
  /** What was asked for cannot be done, or failed. */
  error: { error: UnnoiseError; code: string; message: string; hint: string | undefined };
}

/** The element's events by name. */
export type SamplerEventMap = { [K in keyof SamplerDetails]: CustomEvent<SamplerDetails[K]> };

/** Listeners of these events; those of other events are HTMLElement's. */
export interface Told {
  addEventListener<K extends keyof SamplerEventMap>(
    type: K,
    listener: (this: HTMLElement, event: SamplerEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof SamplerEventMap>(
    type: K,
    listener: (this: HTMLElement, event: SamplerEventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
}
