/** What a check of this machine's back ends is asked and finds. */
import type { Target } from "../types.ts";

/** Options of `Diffuser.check`. */
export interface CheckOptions {
  /** Ends the check; the call then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called with how much of it is done, from 0 to 1. */
  onProgress?: (fraction: number) => void;
}

/** What was found of this machine. */
export interface CheckReport {
  /** Who was asked. The first, the CPU, is what the others are compared with. */
  backends: CheckedBackend[];
  /** What was asked. */
  parts: CheckedPart[];
}

/** A back end that was asked. */
export interface CheckedBackend extends Target {
  /** What it runs on; absent where it could not be opened. */
  adapter?: string;
  /** Relative L2 error of the network whose answer diffusers has given; absent where it could not be opened. */
  knownAnswer?: number;
  /** Why it could not be asked, or stopped to answer. */
  failed?: string;
}

/** One kind of operation, by a small network that has it. */
export interface CheckedPart {
  /** An English phrase: "self-attention". */
  name: string;
  /** One answer for each back end, in their order; null where it gave none. */
  answers: (CheckedAnswer | null)[];
}

/** How a back end did a part. */
export interface CheckedAnswer {
  /** Relative L2 distance from the CPU's prediction. */
  distance: number;
  /** Milliseconds of a prediction, the median of three. */
  ms: number;
}
