/** What "auto" needs to know of a Diffuser to move it from one back end to another. No behaviour: that is in host.ts and auto.ts. */
import type { AnalyticTable, ModelInfo } from "../checkpoint.ts";
import type { ComingFiles } from "../protocol.ts";
import type { Backend, BackendTiming } from "../types.ts";
import type { Choice } from "./choose.ts";
import type { Client } from "./client.ts";
import type { Started, StartOptions } from "./start.ts";

/** A network by its number in a worker. */
export interface Place {
  client: Client;
  number: Promise<number>;
}

/** A network that can go on in another worker. */
export interface Movable {
  readonly info: ModelInfo;
  /** The Analytic-DPM table that was measured, which every later worker must take up. */
  readonly analytic: AnalyticTable | undefined;
  /** Where it is loaded. */
  place: Place | undefined;
  /** Where its files come from. */
  readonly origin: { message(analytic: AnalyticTable | undefined): Promise<ComingFiles> };
  /** Its number in the worker that computes. */
  in(client: Client): Promise<number>;
  /** Loads it in a worker, and gives its number there. */
  load(client: Client, files: ComingFiles): Promise<number>;
}

/** What was computed last: what comes next may be like it. */
export interface Work {
  network: Movable;
  /** How long its images were, all together. */
  floats: number;
}

/** A Diffuser that may be moved. */
export interface Arena {
  readonly client: Client;
  readonly backend: Backend;
  readonly networks: ReadonlySet<Movable>;
  readonly last: Work | undefined;
  /** Of `CreateOptions`: measurements of earlier visits, and how long a start may take. */
  readonly options: { timings: readonly BackendTiming[]; startTimeout: number };
  /** Aborts with the next work; undefined where there is some. */
  readonly resting: AbortSignal | undefined;
  readonly life: AbortSignal;
  /** Starts a worker beside its own, which must give the known answer. */
  open(choice: Choice, o: Pick<StartOptions, "onProgress" | "signal">): Promise<Started>;
  /** Says what computes, and why. */
  tell(backend: Backend): void;
  /** Ends the worker that computes, and has this one in its place. */
  take(next: Started): void;
}
