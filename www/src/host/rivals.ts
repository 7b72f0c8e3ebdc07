/** What "auto" needs to know of a Diffuser to move it from one back end to another. No behaviour: that is in host.ts and auto.ts. */
import type { ModelInfo } from "../checkpoint.ts";
import type { FilesMessage } from "../protocol.ts";
import type { Backend, BackendTiming } from "../types.ts";
import type { Choice } from "./choose.ts";
import type { Client } from "./client.ts";
import type { Started, StartOptions } from "./start.ts";

/** A network in a worker beside its own. */
export interface Copy {
  /** Its number there. */
  number: number;
  /** Makes that its place. */
  take(): void;
}

/** A network that can go on in another worker. */
export interface Movable {
  readonly info: ModelInfo;
  /** Its number in the worker that computes. */
  in(client: Client): Promise<number>;
  /** Its files, for another worker. */
  filesAgain(): Promise<FilesMessage>;
  loadBeside(client: Client, files: FilesMessage): Promise<Copy>;
}

/** What was computed last: what comes next may be like it. */
export interface Work {
  network: Movable;
  images: number;
}

/** A Diffuser that may be moved. */
export interface Arena {
  readonly client: Client;
  readonly backend: Backend;
  readonly networks: ReadonlySet<Movable>;
  readonly last: Work | undefined;
  /** Measurements of earlier visits. */
  readonly timings: readonly BackendTiming[];
  /** As `CreateOptions.startTimeout`. */
  readonly startTimeout: number;
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
